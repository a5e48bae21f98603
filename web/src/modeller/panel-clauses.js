// The clauses an element is based on, with their text; more are found by number or word.
import { jsx, jsxs } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useState } from '@bpmn-io/properties-panel/preact/hooks';
import { useService } from 'bpmn-js-properties-panel';

import { property } from './properties.js';

const MOST = 8;

export function clausesOf(element) {
  return property(element, 'clause')
    .split(/[,，]/)
    .map((each) => each.trim())
    .filter(Boolean);
}

function Clauses({ element }) {
  const translate = useService('translate');
  const writer = useService('guichengWriter');
  const { found } = useService('guichengChoices');
  const [asked, setAsked] = useState('');
  const ids = clausesOf(element);
  const write = (list) => writer.property(element, 'clause', list.join(','));
  const words = asked.trim();
  const hits = words
    ? found.clauses
        .filter((each) => !ids.includes(each.id) && `${each.id} ${each.heading} ${each.text}`.includes(words))
        .slice(0, MOST)
    : [];
  return jsxs('div', {
    class: 'bio-properties-panel-entry gc-clauses gc-own-text',
    children: [
      ...ids.map((id) => {
        const clause = found.clauses.find((each) => each.id === id);
        return jsxs('div', {
          class: 'gc-clause',
          children: [
            jsx('b', { children: clause ? clause.heading || id : id }),
            jsx('span', { class: 'gc-clause-id', children: id }),
            clause && clause.hard ? jsx('span', { class: 'gc-hard', children: translate('never waived') }) : null,
            jsx('p', { children: clause ? clause.text : translate('The rules of this pack have no such clause.') }),
            jsx('button', {
              type: 'button',
              class: 'gc-small',
              'aria-label': translate('Take off clause {id}', { id }),
              onClick: () => write(ids.filter((each) => each !== id)),
              children: translate('Take off'),
            }),
          ],
        });
      }),
      jsx('label', { for: 'gc-clause-search', class: 'bio-properties-panel-label', children: translate('Add a clause') }),
      jsx('input', {
        id: 'gc-clause-search',
        class: 'bio-properties-panel-input',
        type: 'search',
        value: asked,
        autocomplete: 'off',
        placeholder: translate('Number or words of the clause'),
        onInput: (event) => setAsked(event.target.value),
      }),
      words && !hits.length ? jsx('p', { children: translate('No clause with these words.') }) : null,
      ...hits.map((each) =>
        jsxs('button', {
          type: 'button',
          class: 'gc-clause-hit',
          onClick: () => {
            write([...ids, each.id]);
            setAsked('');
          },
          children: [jsx('b', { children: `${each.heading || each.id}` }), jsx('span', { children: each.text.slice(0, 60) })],
        }),
      ),
    ],
  });
}

export const clausesEntry = { id: 'gc-clauses', component: Clauses, isEdited: () => false };
