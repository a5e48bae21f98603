// Fields of a form are put in order by dragging, too: dropping one sends what its buttons send.

export function watchOrder() {
  for (const list of document.querySelectorAll('[data-order]')) {
    new Order(list).listen();
  }
  // The browser goes to the place in the address last of all, and takes the focus away from what does not lie there.
  window.addEventListener('load', () => setTimeout(showMoved));
}

/** After a field has moved the page comes back at the button that moved it, so that the next press moves it on. */
function showMoved() {
  const moved = location.hash.startsWith('#c-') && document.getElementById(location.hash.slice(1));
  if (moved) {
    const direction = CSS.escape(new URLSearchParams(location.search).get('moved') || 'none');
    const button = moved.querySelector(`button[value="${direction}"]:not([disabled])`);
    (button || moved.querySelector('a')).focus();
    moved.scrollIntoView({ block: 'center' });
  }
}

class Order {
  constructor(list) {
    this.list = list;
    this.dragged = null;
  }

  listen() {
    for (const item of this.list.children) {
      item.draggable = true;
    }
    this.list.addEventListener('dragstart', (event) => {
      this.dragged = event.target.closest('[data-place]');
      if (this.dragged) {
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', this.dragged.dataset.place);
        this.dragged.classList.add('dragged');
      }
    });
    this.list.addEventListener('dragover', (event) => {
      const over = event.target.closest('[data-place]');
      this.clear();
      if (this.fits(over)) {
        event.preventDefault();
        over.classList.add(this.after(over) ? 'drop-after' : 'drop-before');
      }
    });
    this.list.addEventListener('drop', (event) => {
      const over = event.target.closest('[data-place]');
      if (this.fits(over)) {
        event.preventDefault();
        this.send(positionOf(over));
      }
      this.end();
    });
    this.list.addEventListener('dragend', () => this.end());
  }

  /** Only what lies in the same form, group or table changes places. */
  fits(over) {
    return this.dragged && over && over !== this.dragged && parentOf(over) === parentOf(this.dragged);
  }

  after(over) {
    return positionOf(over) > positionOf(this.dragged);
  }

  clear() {
    for (const each of this.list.querySelectorAll('.drop-before, .drop-after')) {
      each.classList.remove('drop-before', 'drop-after');
    }
  }

  end() {
    this.clear();
    if (this.dragged) {
      this.dragged.classList.remove('dragged');
      this.dragged = null;
    }
  }

  send(position) {
    const form = this.dragged.querySelector('form');
    const target = document.createElement('input');
    target.type = 'hidden';
    target.name = 'to';
    target.value = position;
    form.append(target);
    form.submit();
  }
}

function parentOf(item) {
  return item.dataset.place.split('-').slice(0, -1).join('-');
}

function positionOf(item) {
  return Number(item.dataset.place.split('-').pop());
}
