// Our groups of the properties panel come first: who, until when, with which form, by which clause. Of the standard
// groups those stay that mean something in our diagrams.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { jsx } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useService } from 'bpmn-js-properties-panel';
import { Group } from '@bpmn-io/properties-panel';

import { clausesEntry } from './panel-clauses.js';
import { duePreview } from './panel-due.js';
import {
  attributeField,
  choiceField,
  ofAttribute,
  ofProperty,
  propertyArea,
  propertyField,
  propertyMark,
  textArea,
  textField,
} from './panel-parts.js';
import { eventDefinition, laneOf, messageHolder, subject } from './properties.js';

const STANDARD = [
  'general',
  'CamundaPlatform__InMapping',
  'CamundaPlatform__OutMapping',
  'CamundaPlatform__CandidateStarter',
  'documentation',
  'CamundaPlatform__ExtensionProperties',
];

// ---- who, until when, with what

const inLane = {
  id: 'gc-lane',
  component: function Lane({ element }) {
    const translate = useService('translate');
    const lane = laneOf(element);
    return jsx('p', {
      class: 'bio-properties-panel-entry gc-own-text',
      children: lane ? translate('Lane: {name}', { name: lane.name || lane.id }) : translate('In no lane.'),
    });
  },
};
const post = choiceField({
  id: 'gc-post',
  label: 'Post that does it',
  empty: 'As the lane says',
  ...ofAttribute('camunda:candidateGroups'),
  list: (choices) => choices.posts.map((name) => [name, name]),
});
const groups = attributeField('camunda:candidateGroups', 'gc-groups', 'Several posts', 'With commas, or an expression ${…}');
const users = attributeField('camunda:candidateUsers', 'gc-users', 'People', 'An expression that gives people, such as ${…}');
const assignee = attributeField('camunda:assignee', 'gc-assignee', 'Person that does it', 'An expression that gives one person, such as ${…}');
const due = attributeField('camunda:dueDate', 'gc-due', 'Due', 'An expression that gives a day or a moment');
const dueResult = duePreview('gc-due', (element) => subject(element).get('camunda:dueDate') || '');

const form = choiceField({
  id: 'gc-form',
  label: 'Form',
  ...ofAttribute('camunda:formKey'),
  list: (choices) => choices.forms.map(([key, title]) => [key, title === key ? key : `${title}（${key}）`]),
});
const formLinks = {
  id: 'gc-form-links',
  component: function FormLinks({ element }) {
    const translate = useService('translate');
    const forms = useService('guichengForms');
    const key = subject(element).get('camunda:formKey');
    return jsx('p', {
      class: 'bio-properties-panel-entry gc-own-text',
      children: key
        ? forms.address(key) && jsx('a', { href: forms.address(key), children: translate('Edit the form') })
        : jsx('button', {
            type: 'button',
            class: 'gc-small',
            onClick: () => forms.create(element),
            children: translate('Make a form for it'),
          }),
    });
  },
};
const namedAs = propertyField('待办名称', 'gc-named-as', 'Its name where it is to be done', 'May hold ${…}; empty: the name drawn');
const submit = propertyField('提交按钮', 'gc-submit', 'Words on the submit button');
const personal = propertyMark('不得代理', 'gc-personal', 'No deputy may do it');
const batches = propertyMark('可批量', 'gc-batches', 'Several can be done at once');
const hard = propertyMark('硬约束', 'gc-hard', 'Hard: nobody may pass it over');

// ---- time, messages, other procedures

const timer = (element) => is(element, 'bpmn:Event') && eventDefinition(element, 'bpmn:TimerEventDefinition');
const moment = (element) => (timer(element).timeDate && timer(element).timeDate.body) || '';
const timerField = textField({
  id: 'gc-timer',
  label: 'Moment',
  hint: 'An expression that gives a day or a moment',
  get: moment,
  set: (writer, element, value) => writer.expression(element, timer(element), 'timeDate', value),
});
const timerResult = duePreview('gc-timer', moment);

const messageOf = (element) => {
  const holder = messageHolder(element);
  return (holder && holder.messageRef && holder.messageRef.name) || '';
};
const setMessage = (writer, element, value) => writer.message(element, (value || '').trim());
const messageChoice = choiceField({
  id: 'gc-message',
  label: 'Message',
  get: messageOf,
  set: setMessage,
  list: (choices) => choices.messages.map((each) => [each.name, each.name]),
});
const messageName = textField({ id: 'gc-message-name', label: 'Name of a new message', get: messageOf, set: setMessage });
const correlation = propertyField('correlationKey', 'gc-correlation', 'Message key', 'Sender and receiver must give the same, such as ${…}');
const payload = propertyArea('payload', 'gc-payload', 'What it carries', 'Names, or name = expression; with semicolons between');
const noReceiver = propertyField('无接收方', 'gc-no-receiver', 'Why nobody receives it');
const starter = propertyField('发起人', 'gc-starter', 'Who counts as its starter', 'From the message, such as ${…}; empty: nobody');
const operators = propertyField('operators', 'gc-operators', 'Who may press it as a button', 'Posts with commas, or an expression');
const buttonForm = choiceField({
  id: 'gc-button-form',
  label: 'Form of the button',
  ...ofProperty('form'),
  list: (choices) => choices.forms.map(([key, title]) => [key, title === key ? key : `${title}（${key}）`]),
});
const buttonWords = propertyField('确认语', 'gc-button-words', 'Asked before it is pressed');

const topic = choiceField({
  id: 'gc-topic',
  label: 'What it does',
  get: (element) => subject(element).get('camunda:topic') || '',
  set: (writer, element, value) =>
    writer.attributes(element, { 'camunda:type': value && 'external', 'camunda:topic': value }),
  list: (_choices, _element, translate) => [
    ['notify', translate('Notify people')],
    ['document', translate('Make a document')],
  ],
});
const notified = propertyField('通知对象', 'gc-notified', 'Who is notified', 'Posts with commas, or an expression');
const notice = propertyArea('通知内容', 'gc-notice', 'What the notice says', 'Text, with ${…} for values');
const template = choiceField({
  id: 'gc-template',
  label: 'Template',
  ...ofProperty('模板'),
  list: (choices) => choices.documents.map((name) => [name, name]),
});
const documentName = propertyField('文书名称', 'gc-document', 'Name of the document', 'Text, with ${…} for values');

const script = textArea({
  id: 'gc-script',
  label: 'Lines of the script',
  hint: 'Each line: name = expression',
  get: (element) => subject(element).get('script') || '',
  set: (writer, element, value) => writer.attributes(element, { scriptFormat: 'guicheng', script: value }),
});
const called = choiceField({
  id: 'gc-called',
  label: 'Procedure that is called',
  ...ofAttribute('calledElement'),
  list: (choices) => choices.procedures.map(([key, name]) => [key, `${name}（${key}）`]),
});
const decision = choiceField({
  id: 'gc-decision',
  label: 'Decision table',
  ...ofAttribute('camunda:decisionRef'),
  list: (choices) => choices.decisions.map((name) => [name, name]),
});
const decisionName = attributeField('camunda:decisionRef', 'gc-decision-name', 'Name of a new decision table', 'Letters, digits and underscores');
const decisionLink = {
  id: 'gc-decision-link',
  component: function DecisionLink({ element }) {
    const translate = useService('translate');
    const address = useService('guichengDecisions');
    const name = subject(element).get('camunda:decisionRef');
    return name
      ? jsx('p', {
          class: 'bio-properties-panel-entry gc-own-text',
          children: jsx('a', { href: address(name), children: translate('Edit the decision table') }),
        })
      : null;
  },
};
const decisionResult = attributeField('camunda:resultVariable', 'gc-decision-result', 'Result variable');

const loop = (element) => {
  const found = getBusinessObject(element).loopCharacteristics;
  return found && is(found, 'bpmn:MultiInstanceLoopCharacteristics') ? found : null;
};
const ofLoop = (name) => ({
  get: (element) => loop(element).get(name) || '',
  set: (writer, element, value) =>
    writer.modeling.updateModdleProperties(element, loop(element), { [name]: value || undefined }),
});
const collection = textField({ id: 'gc-collection', label: 'Once for each of', hint: 'An expression that gives a list', ...ofLoop('camunda:collection') });
const item = textField({ id: 'gc-item', label: 'Name of each one', ...ofLoop('camunda:elementVariable') });

const condition = textField({
  id: 'gc-condition',
  label: 'Taken when',
  hint: 'An expression that is true or false, such as ${…}',
  get: (element) => {
    const found = getBusinessObject(element).conditionExpression;
    return (found && found.body) || '';
  },
  set: (writer, element, value) => writer.expression(element, getBusinessObject(element), 'conditionExpression', value),
});
const laneName = choiceField({
  id: 'gc-lane-name',
  label: 'Post or name of the lane',
  get: (element) => getBusinessObject(element).name || '',
  set: (writer, element, value) => writer.modeling.updateProperties(element, { name: value }),
  list: (choices) => [...choices.lanes, ...choices.posts.filter((each) => !choices.lanes.includes(each))].map((each) => [each, each]),
});

const processEntries = [
  propertyField('标题', 'gc-title', 'Title of a case', 'An expression'),
  propertyField('业务键', 'gc-business-key', 'Number of a case', 'An expression'),
  propertyField('可见岗位', 'gc-readers', 'Posts that see all of it', 'With commas'),
  propertyField('公开变量', 'gc-public', 'Variables other cases may see', 'With commas'),
  propertyField('启动变量', 'gc-given', 'Variables an interface may give', 'With commas'),
  propertyMark('人工发起', 'gc-by-hand', 'Only other procedures start it', '', '否'),
];

// ---- which element shows what

const sendsMessage = (element) => is(element, 'bpmn:SendTask') || is(element, 'bpmn:ThrowEvent');
const asButton = (element) => is(element, 'bpmn:BoundaryEvent') || is(element, 'bpmn:IntermediateCatchEvent');

function entriesOf(element) {
  const entries = [];
  if (is(element, 'bpmn:UserTask')) {
    entries.push(inLane, post, groups, assignee, users, due, dueResult, form, formLinks, namedAs, submit, personal, batches);
  } else if (timer(element)) {
    entries.push(timerField, timerResult);
  } else if (is(element, 'bpmn:ServiceTask')) {
    entries.push(topic);
    const kind = subject(element).get('camunda:topic');
    entries.push(...(kind === 'notify' ? [notified, notice] : kind === 'document' ? [template, documentName] : []));
  } else if (is(element, 'bpmn:ScriptTask')) {
    entries.push(script);
  } else if (is(element, 'bpmn:CallActivity')) {
    entries.push(called);
  } else if (is(element, 'bpmn:BusinessRuleTask')) {
    entries.push(decision, decisionName, decisionLink, decisionResult);
  } else if (is(element, 'bpmn:SequenceFlow')) {
    entries.push(condition);
  } else if (is(element, 'bpmn:Lane')) {
    entries.push(laneName);
  } else if (is(subject(element), 'bpmn:Process')) {
    entries.push(...processEntries);
  }
  if (messageHolder(element)) {
    entries.push(messageChoice, messageName, correlation);
    entries.push(...(sendsMessage(element) ? [payload, noReceiver] : []));
    entries.push(...(is(element, 'bpmn:StartEvent') ? [starter] : []));
    entries.push(...(asButton(element) ? [operators, buttonForm, buttonWords] : []));
  }
  if (loop(element)) {
    entries.push(collection, item);
  }
  return entries;
}

const carriesClauses = (element) => is(element, 'bpmn:FlowNode') || is(subject(element), 'bpmn:Process');

class Provider {
  constructor(propertiesPanel, translate) {
    this.translate = translate;
    // After all others, so that it sees what they offer.
    propertiesPanel.registerProvider(100, this);
  }

  getGroups(element) {
    return (others) => {
      const standard = STANDARD.map((id) => others.find((each) => each.id === id)).filter(Boolean);
      const own = [];
      const entries = entriesOf(element);
      if (entries.length) {
        own.push({ id: 'gc-handling', label: this.translate('Handling'), component: Group, shouldOpen: true, entries });
      }
      if (carriesClauses(element)) {
        own.push({
          id: 'gc-basis',
          label: this.translate('Basis in the rules'),
          component: Group,
          shouldOpen: true,
          entries: is(element, 'bpmn:FlowNode') ? [clausesEntry, hard] : [clausesEntry],
        });
      }
      const [general, ...rest] = standard;
      return [...own, ...(general ? [general] : []), ...rest];
    };
  }
}
Provider.$inject = ['propertiesPanel', 'translate'];


export const panelModule = { __init__: ['guichengProvider'], guichengProvider: ['type', Provider] };
