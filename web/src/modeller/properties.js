// Reads and writes what our dialect says about an element: attributes, extension properties, messages, timers.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

/** What the rules of an element are written at: a pool stands for its process, and so does a drawing of one pool. */
export function subject(element) {
  let object = getBusinessObject(element);
  if (is(object, 'bpmn:Collaboration') && object.get('participants').length === 1) {
    [object] = object.get('participants');
  }
  return is(object, 'bpmn:Participant') ? object.processRef || object : object;
}

function extensions(object) {
  return (object.extensionElements && object.extensionElements.get('values')) || [];
}

function propertiesOf(object) {
  const holder = extensions(object).find((each) => each.$type === 'camunda:Properties');
  return holder ? holder.get('values') : [];
}

/** The value of an extension property, '' without one. */
export function property(element, name) {
  const found = propertiesOf(subject(element)).find((each) => each.name === name);
  return (found && found.value) || '';
}

/** Changes models in steps that can be undone. */
export class Writer {
  constructor(injector) {
    this.modeling = injector.get('modeling');
    this.factory = injector.get('bpmnFactory');
    this.canvas = injector.get('canvas');
  }

  /** Set an extension property, or take it away with ''. Other extensions keep their place. */
  property(element, name, value) {
    const object = subject(element);
    const list = propertiesOf(object).map((each) => ({ name: each.name, value: each.value }));
    const known = list.find((each) => each.name === name);
    if (known) {
      known.value = value;
    } else {
      list.push({ name, value });
    }
    const left = list.filter((each) => each.name !== name || value);
    const others = extensions(object);
    const at = others.findIndex((each) => each.$type === 'camunda:Properties');
    const values = others.filter((each) => each.$type !== 'camunda:Properties');
    if (left.length) {
      const holder = this.factory.create('camunda:Properties', {});
      holder.values = left.map((each) => this.child('camunda:Property', each, holder));
      values.splice(at < 0 ? values.length : at, 0, holder);
    }
    this.extensions(element, object, values);
  }

  extensions(element, object, values) {
    if (!values.length) {
      this.modeling.updateModdleProperties(element, object, { extensionElements: undefined });
      return;
    }
    const whole = this.child('bpmn:ExtensionElements', {}, object);
    whole.values = values;
    for (const each of values) {
      each.$parent = whole;
    }
    this.modeling.updateModdleProperties(element, object, { extensionElements: whole });
  }

  child(type, values, parent) {
    const made = this.factory.create(type, values);
    made.$parent = parent;
    return made;
  }

  /** Set attributes such as `camunda:dueDate`; '' takes one away. */
  attributes(element, values) {
    const set = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value || undefined]));
    this.modeling.updateModdleProperties(element, subject(element), set);
  }

  /** Let the element send or wait for the message of this name, which is made when there is none. */
  message(element, name) {
    const target = messageHolder(element);
    const definitions = this.definitions();
    let message = messages(definitions).find((each) => each.name === name);
    if (name && !message) {
      message = this.child('bpmn:Message', { id: freeId(definitions), name }, definitions);
      this.modeling.updateModdleProperties(element, definitions, {
        rootElements: [message, ...definitions.get('rootElements')],
      });
    }
    this.modeling.updateModdleProperties(element, target, { messageRef: name ? message : undefined });
  }

  definitions() {
    let object = getBusinessObject(this.canvas.getRootElement());
    while (object.$parent) {
      object = object.$parent;
    }
    return object;
  }

  /** Set an expression that stands in an element of its own, such as the moment of a timer. */
  expression(element, holder, name, text) {
    const made = text ? this.child('bpmn:FormalExpression', { body: text }, holder) : undefined;
    const values = { [name]: made };
    if (is(holder, 'bpmn:TimerEventDefinition')) {
      Object.assign(values, { timeDuration: undefined, timeCycle: undefined });
    }
    this.modeling.updateModdleProperties(element, holder, values);
  }
}

/** Every place at an element where exactly `text` is written, as [model object, name of the property]. */
export function placesOf(element, text) {
  const found = [];
  const seen = new Set();
  const look = (object) => {
    if (seen.has(object)) {
      return;
    }
    seen.add(object);
    const names = [...object.$descriptor.properties.map((each) => each.name), ...Object.keys(object.$attrs || {})];
    for (const name of names) {
      const value = object.get(name);
      for (const each of Array.isArray(value) ? value : [value]) {
        if (typeof each === 'string' && each.trim() === text.trim()) {
          found.push([object, name]);
        } else if (each && each.$type && each.$parent === object && !is(each, 'bpmn:FlowElement')) {
          look(each);
        }
      }
    }
  };
  look(subject(element));
  return found;
}

function messages(definitions) {
  return definitions.get('rootElements').filter((each) => is(each, 'bpmn:Message'));
}

function freeId(definitions) {
  const taken = new Set(messages(definitions).map((each) => each.id));
  let number = taken.size + 1;
  while (taken.has(`message_${number}`)) {
    number += 1;
  }
  return `message_${number}`;
}

/** The event definition of a kind, such as `bpmn:TimerEventDefinition`. */
export function eventDefinition(element, type) {
  const list = getBusinessObject(element).get('eventDefinitions');
  return list && list.find((each) => is(each, type));
}

/** What carries the reference to a message: a send task itself, or the definition of a message event. */
export function messageHolder(element) {
  return is(element, 'bpmn:SendTask')
    ? getBusinessObject(element)
    : is(element, 'bpmn:Event') && eventDefinition(element, 'bpmn:MessageEventDefinition');
}

/** The lane an element stands in, or null. */
export function laneOf(element) {
  const object = getBusinessObject(element);
  const process = object.$parent && processAround(object);
  const search = (sets) => {
    for (const set of sets || []) {
      for (const lane of set.get('lanes') || []) {
        const inner = lane.childLaneSet && search([lane.childLaneSet]);
        if (inner || (lane.get('flowNodeRef') || []).includes(object)) {
          return inner || lane;
        }
      }
    }
    return null;
  };
  return process ? search(process.get('laneSets')) : null;
}

function processAround(object) {
  let found = object;
  while (found && !is(found, 'bpmn:Process')) {
    found = found.$parent;
  }
  return found;
}
