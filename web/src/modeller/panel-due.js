// What a deadline comes to: asked of the server while it is being written, for a day one may choose.
import { jsx, jsxs } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useEffect, useState } from '@bpmn-io/properties-panel/preact/hooks';
import { useService } from 'bpmn-js-properties-panel';

const WAIT = 350;

function preview(id, read) {
  return function DuePreview({ element }) {
    const translate = useService('translate');
    const server = useService('guichengServer');
    const text = read(element);
    const [day, setDay] = useState('');
    const [found, setFound] = useState(null);
    useEffect(() => {
      let current = true;
      setFound(null);
      const timer = setTimeout(async () => {
        const answer = text ? await server.due(text, day).catch((error) => ({ ok: false, sentence: error.message })) : null;
        if (current) {
          setFound(answer);
        }
      }, WAIT);
      return () => {
        current = false;
        clearTimeout(timer);
      };
    }, [element, text, day]);
    if (!text) {
      return null;
    }
    const parts = [
      jsx('p', {
        class: found && !found.ok ? 'gc-due wrong' : 'gc-due',
        role: 'status',
        'data-due': id,
        children: found ? found.sentence : translate('Working it out …'),
      }),
    ];
    if (found && found.ok && found.names.length) {
      parts.push(
        jsxs('label', {
          class: 'gc-due-day',
          children: [
            translate('Try another day'),
            jsx('input', {
              type: 'date',
              class: 'bio-properties-panel-input',
              value: day || found.day,
              onChange: (event) => setDay(event.target.value),
            }),
          ],
        }),
      );
    }
    return jsx('div', { class: 'bio-properties-panel-entry gc-own-text', children: parts });
  };
}

/** An entry that shows what the expression `read(element)` comes to. */
export const duePreview = (id, read) => ({ id, component: preview(id, read) });
