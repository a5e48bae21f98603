// Keeps what is being drawn: in the browser at once, on the server soon after. Nothing typed is ever lost: a copy that
// is newer than the server's is offered again, and when somebody else was faster both texts stay until one chooses.
import { ask, banner } from './dialogs.js';
import { ServerError } from './server.js';
import { translate } from './words.js';

const SAVE_AFTER = 1500;
const LOOK_EVERY = 15000;
const AGAIN_AFTER = 10000;

export class Saving {
  /**
   * @param {object} server asks the server
   * @param {object} draft what the page came with: key, revision, files
   * @param {() => Promise<string>} text gives the file as it is drawn now
   * @param {(text: string) => Promise<void>} show shows another text of it
   */
  constructor({ server, draft, me, path, text, show, status }) {
    Object.assign(this, { server, draft, path, text, show, status });
    this.revision = draft.revision;
    this.saved = draft.files[path];
    this.others = {};
    this.sent = {};
    this.place = `guicheng-draft:${me}:${draft.key}:${path}`;
    this.timer = null;
    this.saving = null;
    this.stopped = false;
    window.addEventListener('beforeunload', (event) => {
      if (this.unsaved) {
        event.preventDefault();
      }
    });
    document.addEventListener('visibilitychange', () => this.look());
    window.addEventListener('focus', () => this.look());
    setInterval(() => this.look(), LOOK_EVERY);
  }

  /** What the browser kept of an earlier visit that never reached the server, or null. */
  kept() {
    const found = JSON.parse(localStorage.getItem(this.place) || 'null');
    return found && found.text !== this.saved ? found : null;
  }

  /** Something has changed. Files beside the drawing may be given along: path → text. */
  async changed(others = {}) {
    Object.assign(this.others, others);
    this.unsaved = true;
    this.say('Not saved yet …');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER);
    this.keep(await this.text());
  }

  /** Files beside the drawing that the server does not have yet: path → text. */
  waiting() {
    return { ...this.sent, ...this.others };
  }

  keep(text) {
    try {
      localStorage.setItem(this.place, JSON.stringify({ text, revision: this.revision, at: new Date().toISOString() }));
    } catch (error) {
      // A full store is no reason to stop drawing; the server has its copy soon.
    }
  }

  /** Bring it to the server now; of several calls at once one goes on. */
  async save() {
    clearTimeout(this.timer);
    if (this.saving) {
      await this.saving;
      return this.unsaved && !this.stopped ? this.save() : undefined;
    }
    this.saving = this.send().finally(() => {
      this.saving = null;
    });
    return this.saving;
  }

  async send() {
    if (!this.unsaved || this.stopped) {
      return;
    }
    const text = await this.text();
    const others = this.others;
    this.others = {};
    this.sent = others;
    const changes = { ...others, ...(text === this.saved ? {} : { [this.path]: text }) };
    this.unsaved = false;
    try {
      if (Object.keys(changes).length) {
        this.say('Saving …');
        this.revision = (await this.server.save(changes, this.revision)).revision;
        this.saved = text;
      }
      if (!this.unsaved) {
        localStorage.removeItem(this.place);
      }
      this.say('All changes are saved.');
    } catch (error) {
      this.unsaved = true;
      this.others = { ...others, ...this.others };
      if (error instanceof ServerError && error.status === 409) {
        await this.settle(error.message, text);
      } else {
        this.say('Not saved: {reason}', { reason: error.message });
        this.timer = setTimeout(() => this.save(), AGAIN_AFTER);
      }
    } finally {
      this.sent = {};
    }
  }

  /** Somebody else was faster: both texts are there, the person chooses. */
  async settle(message, mine) {
    this.stopped = true;
    this.keep(mine);
    this.say('Not saved: somebody else has saved.');
    const theirs = await this.server.draft();
    if (this.onlyOthers(theirs)) {
      this.stopped = false;
      this.unsaved = true;
      await this.send();
      return;
    }
    const choice = await ask({
      title: translate('Two versions of this draft'),
      text: [
        message,
        translate('{name} saved at {when}. Your own drawing is still here. Which one shall the draft go on with? The other one is offered as a file.', {
          name: theirs.by,
          when: theirs.when,
        }),
      ],
      links: [
        [translate('Keep my version as a file'), mine, this.fileName('mine')],
        [translate('Keep the other version as a file'), theirs.files[this.path] || '', this.fileName('other')],
      ],
      buttons: [
        ['mine', translate('Go on with mine')],
        ['theirs', translate('Go on with the other one')],
      ],
    });
    this.revision = theirs.revision;
    this.draft.files = theirs.files;
    this.stopped = false;
    if (choice === 'mine') {
      this.saved = theirs.files[this.path];
      this.unsaved = true;
      await this.send();
      return;
    }
    this.saved = theirs.files[this.path];
    this.unsaved = false;
    this.others = {};
    localStorage.removeItem(this.place);
    await this.show(this.saved);
    this.say('All changes are saved.');
  }

  /** Whether only other files have been saved, by the form editor for one: then the count of the draft is caught up with. */
  onlyOthers(theirs) {
    if (theirs.files[this.path] !== this.saved) {
      return false;
    }
    this.revision = theirs.revision;
    this.draft.files = theirs.files;
    return true;
  }

  fileName(which) {
    const [name, ending] = this.path.split('/').pop().split('.');
    return `${name}-${translate(which)}.${ending}`;
  }

  /** Whether somebody else has saved meanwhile; asked every now and then and on coming back to the page. */
  async look() {
    if (document.hidden || this.saving || this.stopped) {
      return;
    }
    const found = await this.server.state().catch(() => null);
    if (!found || found.revision <= this.revision || this.saving || this.stopped) {
      return;
    }
    const theirs = await this.server.draft().catch(() => null);
    if (!theirs || this.saving || this.stopped || this.onlyOthers(theirs)) {
      return;
    }
    if (!this.unsaved) {
      banner('others', translate('{name} saved this draft at {when}.', { name: found.by, when: found.when }), [
        [translate('Show that version'), () => this.reload()],
      ]);
    } else {
      banner('others', translate('{name} is editing this draft, too, and saved at {when}. You will be asked which version to go on with.', {
        name: found.by,
        when: found.when,
      }));
    }
  }

  /** Take over what the server has. */
  async reload() {
    this.say('Opening …');
    const theirs = await this.server.draft();
    this.revision = theirs.revision;
    this.draft.files = theirs.files;
    this.saved = theirs.files[this.path];
    this.unsaved = false;
    localStorage.removeItem(this.place);
    await this.show(this.saved);
    this.say('All changes are saved.');
  }

  say(sentence, values = {}) {
    this.status.textContent = translate(sentence, values);
    this.status.dataset.unsaved = this.unsaved ? 'true' : 'false';
  }
}
