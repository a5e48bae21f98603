// Makes filling in a sheet easier: common opinions by a click, drafts that save themselves, one submission at a time.

const SAVE_EVERY = 20_000;

export function watchSheets() {
  for (const form of document.querySelectorAll('form[data-sheet]')) {
    watchPhrases(form);
    if (form.dataset.autosave) {
      if (form.dataset.autosave) {
      watchDraft(form);
    }
    }
    watchSubmission(form);
  }
  watchChoices();
}

/** The chosen answer stands out as a whole, not only by its small mark. */
function watchChoices() {
  const show = () => {
    for (const label of document.querySelectorAll('.choice label')) {
      const input = label.querySelector('input');
      label.classList.toggle('on', Boolean(input && input.checked));
    }
  };
  document.addEventListener('change', show);
  document.addEventListener('sheet:changed', show);
  show();
}

/** A common opinion is put in where the cursor stands, without a new page. */
function watchPhrases(form) {
  form.addEventListener('click', (event) => {
    const button = event.target.closest('[data-phrase]');
    if (button) {
      event.preventDefault();
      const area = button.closest('.f, td').querySelector('textarea');
      area.setRangeText(button.dataset.phrase, area.selectionStart, area.selectionEnd, 'end');
      area.focus();
      area.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
}

/** What has been typed is kept as a draft every so often; files are left for the submission. */
function watchDraft(form) {
  const said = form.querySelector('[data-saved]');
  let changed = false;
  form.addEventListener('input', () => {
    changed = true;
  });
  const save = async () => {
    if (!changed || form.dataset.sent) {
      return;
    }
    changed = false;
    const body = new FormData(form);
    for (const input of form.querySelectorAll('input[type=file]')) {
      body.delete(input.name);
    }
    try {
      const response = await fetch(form.dataset.autosave, { method: 'POST', body, credentials: 'same-origin' });
      if (!response.ok || response.redirected) {
        throw new Error(`HTTP ${response.status}`);
      }
      const { saved_at: time } = await response.json();
      said.textContent = said.dataset.words.replace('{}', time);
    } catch (error) {
      changed = true;
    }
  };
  setInterval(save, SAVE_EVERY);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') {
      save();
    }
  });
}

/** A second click while the first is under way does nothing. */
function watchSubmission(form) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'true';
    // Somebody who comes back by the browser's button must be able to submit again.
    window.addEventListener('pageshow', () => delete form.dataset.sent, { once: true });
  });
}
