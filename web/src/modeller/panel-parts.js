// Fields of our own groups in the properties panel. Each is made once: a component made again for every drawing of the
// panel would be taken for another field, and what somebody is typing would be lost.
import {
  CheckboxEntry,
  SelectEntry,
  TextAreaEntry,
  TextFieldEntry,
  isCheckboxEntryEdited,
  isSelectEntryEdited,
  isTextAreaEntryEdited,
  isTextFieldEntryEdited,
} from '@bpmn-io/properties-panel';
import { jsx } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useService } from 'bpmn-js-properties-panel';

import { property, subject } from './properties.js';

const EDITED = new Map([
  [TextFieldEntry, isTextFieldEntryEdited],
  [TextAreaEntry, isTextAreaEntryEdited],
  [SelectEntry, isSelectEntryEdited],
  [CheckboxEntry, isCheckboxEntryEdited],
]);

function entry(Component, { id, label, hint = '', get, set, extra = null }) {
  const Field = function Field({ element }) {
    const translate = useService('translate');
    const debounce = useService('debounceInput');
    const writer = useService('guichengWriter');
    const choices = useService('guichengChoices');
    return jsx(Component, {
      element,
      id,
      label: translate(label),
      description: hint ? translate(hint) : undefined,
      debounce,
      getValue: () => get(element),
      setValue: (value) => set(writer, element, value),
      ...(extra ? extra(choices, translate, element) : {}),
    });
  };
  return { id, component: Field, isEdited: EDITED.get(Component) };
}

const ofAttribute = (name) => ({
  get: (element) => subject(element).get(name) || '',
  set: (writer, element, value) => writer.attributes(element, { [name]: value }),
});

const ofProperty = (name) => ({
  get: (element) => property(element, name),
  set: (writer, element, value) => writer.property(element, name, value || ''),
});

/** A line of text that stands in an attribute. */
export const attributeField = (name, id, label, hint) => entry(TextFieldEntry, { id, label, hint, ...ofAttribute(name) });

/** A line of text that stands in an extension property. */
export const propertyField = (name, id, label, hint) => entry(TextFieldEntry, { id, label, hint, ...ofProperty(name) });

/** Several lines of text that stand in an extension property. */
export const propertyArea = (name, id, label, hint) => entry(TextAreaEntry, { id, label, hint, ...ofProperty(name) });

/** A mark that is 是 or not there; with `written` another word stands for the tick. */
export const propertyMark = (name, id, label, hint, written = '是') =>
  entry(CheckboxEntry, {
    id,
    label,
    hint,
    get: (element) => property(element, name) === written,
    set: (writer, element, value) => writer.property(element, name, value ? written : ''),
  });

/** Text wherever it stands: `get(element)` and `set(writer, element, value)` know. */
export const textField = (options) => entry(TextFieldEntry, options);
export const textArea = (options) => entry(TextAreaEntry, options);

/**
 * A choice. `list(choices, element)` gives [value, label] pairs; what is written and not among them stays as it is.
 */
export const choiceField = ({ list, empty = '<none>', ...options }) =>
  entry(SelectEntry, {
    ...options,
    extra: (choices, translate, element) => ({
      getOptions: () => {
        const found = list(choices.found, element, translate).map(([value, label]) => ({ value, label }));
        const now = options.get(element);
        const others = now && !found.some((each) => each.value === now) ? [{ value: now, label: now }] : [];
        return [{ value: '', label: translate(empty) }, ...others, ...found];
      },
    }),
  });

export { ofAttribute, ofProperty };
