// The palette, the pad beside an element and the menu of types offer what our diagrams may hold, nothing else. What
// came with a file from elsewhere stays as it is; the check names it.
import { is } from 'bpmn-js/lib/util/ModelUtil';

const REPLACEMENTS = new Set([
  'replace-with-none-start',
  'replace-with-message-start',
  'replace-with-none-end',
  'replace-with-message-end',
  'replace-with-terminate-end',
  'replace-with-message-intermediate-catch',
  'replace-with-message-intermediate-throw',
  'replace-with-timer-intermediate-catch',
  'replace-with-message-boundary',
  'replace-with-timer-boundary',
  'replace-with-non-interrupting-timer-boundary',
  'replace-with-exclusive-gateway',
  'replace-with-parallel-gateway',
  'replace-with-inclusive-gateway',
  'replace-with-event-based-gateway',
  'replace-with-user-task',
  'replace-with-script-task',
  'replace-with-service-task',
  'replace-with-send-task',
  'replace-with-rule-task',
  'replace-with-call-activity',
  'replace-with-expanded-subprocess',
  'replace-with-subprocess',
  'replace-with-expanded-pool',
  'replace-with-sequence-flow',
  'replace-with-default-flow',
  'replace-with-conditional-flow',
  'toggle-parallel-mi',
  'toggle-sequential-mi',
  'toggle-non-interrupting',
]);

class Offering {
  constructor(injector, palette, contextPad, popupMenu, elementFactory, create, translate) {
    Object.assign(this, { injector, elementFactory, create, translate });
    palette.registerProvider(500, this);
    contextPad.registerProvider(500, this);
    popupMenu.registerProvider('bpmn-replace', 500, this);
  }

  getPaletteEntries() {
    return (entries) => {
      const offered = {};
      for (const id of ['hand-tool', 'lasso-tool', 'space-tool', 'global-connect-tool', 'tool-separator', 'create.start-event', 'create.end-event']) {
        if (entries[id]) {
          offered[id] = entries[id];
        }
      }
      const add = (id, type, icon, title, more = {}) => {
        const start = (event) => this.create.start(event, this.elementFactory.createShape({ type, ...more }));
        offered[id] = {
          group: 'activity',
          className: icon,
          title: this.translate(title),
          action: { dragstart: start, click: start },
        };
      };
      const event = (kind) => ({ eventDefinitionType: `bpmn:${kind}EventDefinition` });
      add('create.user-task', 'bpmn:UserTask', 'bpmn-icon-user-task', 'Create user task');
      add('create.script-task', 'bpmn:ScriptTask', 'bpmn-icon-script-task', 'Create script task');
      add('create.service-task', 'bpmn:ServiceTask', 'bpmn-icon-service-task', 'Create service task');
      add('create.call-activity', 'bpmn:CallActivity', 'bpmn-icon-call-activity', 'Create call activity');
      add('create.exclusive-gateway', 'bpmn:ExclusiveGateway', 'bpmn-icon-gateway-xor', 'Create exclusive gateway');
      add('create.parallel-gateway', 'bpmn:ParallelGateway', 'bpmn-icon-gateway-parallel', 'Create parallel gateway');
      add('create.message-catch', 'bpmn:IntermediateCatchEvent', 'bpmn-icon-intermediate-event-catch-message', 'Create message catch event', event('Message'));
      add('create.timer-catch', 'bpmn:IntermediateCatchEvent', 'bpmn-icon-intermediate-event-catch-timer', 'Create timer catch event', event('Timer'));
      add('create.message-throw', 'bpmn:IntermediateThrowEvent', 'bpmn-icon-intermediate-event-throw-message', 'Create message throw event', event('Message'));
      for (const id of ['create.subprocess-expanded', 'create.participant-expanded']) {
        if (entries[id]) {
          offered[id] = entries[id];
        }
      }
      return offered;
    };
  }

  getContextPadEntries(element) {
    return (entries) => {
      const offered = { ...entries };
      for (const id of ['append.compensation-activity', 'append.condition-intermediate-event', 'append.signal-intermediate-event', 'append.receive-task', 'append.append-task']) {
        delete offered[id];
      }
      if (entries['append.append-task'] && is(element, 'bpmn:FlowNode')) {
        // A bare task means nothing here: what one appends is a user task.
        const shape = () => this.elementFactory.createShape({ type: 'bpmn:UserTask' });
        offered['append.user-task'] = {
          group: 'model',
          className: 'bpmn-icon-user-task',
          title: this.translate('Append task'),
          action: {
            click: () => this.injector.get('autoPlace').append(element, shape()),
            dragstart: (event) => this.create.start(event, shape(), { source: element }),
          },
        };
      }
      return offered;
    };
  }

  getPopupMenuEntries() {
    return (entries) => Object.fromEntries(Object.entries(entries).filter(([id]) => REPLACEMENTS.has(id)));
  }

  getPopupMenuHeaderEntries() {
    return (entries) =>
      Object.fromEntries(Object.entries(entries).filter(([id]) => REPLACEMENTS.has(id)));
  }
}
Offering.$inject = ['injector', 'palette', 'contextPad', 'popupMenu', 'elementFactory', 'create', 'translate'];


export const offeringModule = { __init__: ['guichengOffering'], guichengOffering: ['type', Offering] };
