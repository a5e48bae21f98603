// Loaded by every page: what makes pages nicer where scripts run. Every page works without it.
import './polyfills.js';
import { watchOrder } from './ordering.js';
import { watchReactions } from './reacting.js';
import { watchSheets } from './sheet.js';

document.documentElement.classList.add('script');

for (const button of document.querySelectorAll('[data-print]')) {
  button.addEventListener('click', () => window.print());
}

// What went wrong is read first: the summary gets the focus, its links go on to the fields.
const errors = document.querySelector('[data-errors]');
if (errors) {
  errors.focus();
}

for (const link of document.querySelectorAll('[data-errors] a')) {
  link.addEventListener('click', (event) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target) {
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: 'center' });
    }
  });
}

// After a row has been added, moved or removed the page comes back at its table.
const table = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (!errors && table && table.classList.contains('rows')) {
  table.focus();
}

// The open task is seen in a long list. Only the list is scrolled: in some browsers scrollIntoView also moves the place from
// where the Tab key goes on, past the link that skips the list.
const current = document.querySelector('.tasks [aria-current]');
if (current) {
  const list = current.closest('.tasks');
  list.scrollTop += Math.max(0, current.getBoundingClientRect().bottom - list.getBoundingClientRect().bottom);
}

watchSheets();
watchReactions();
watchOrder();
