// Talks to the server of the page: JSON both ways, errors as sentences.

/** What the server answered when it did not do what was asked. */
export class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Server {
  constructor({ urls, token, problem }) {
    Object.assign(this, { urls, token, sentence: problem });
  }

  async ask(address, method = 'GET', body = null) {
    const headers = { Accept: 'application/json', 'X-CSRF-Token': this.token };
    if (body !== null && !(body instanceof FormData)) {
      headers['Content-Type'] = 'application/json';
    }
    const sent = body === null || body instanceof FormData ? body : JSON.stringify(body);
    let response;
    try {
      response = await fetch(address, { method, headers, body: sent, credentials: 'same-origin' });
    } catch (error) {
      throw new ServerError(0, this.sentence);
    }
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
      const more = Object.values(answer.errors || {}).join(' ');
      throw new ServerError(response.status, more || answer.detail || this.sentence);
    }
    return answer;
  }

  draft() {
    return this.ask(this.urls.draft);
  }

  state() {
    return this.ask(this.urls.state);
  }

  save(changes, revision) {
    return this.ask(this.urls.draft, 'PUT', { changes, revision });
  }

  findings(files) {
    return this.ask(this.urls.findings, 'POST', { files });
  }

  async layout(xml) {
    return (await this.ask(this.urls.layout, 'POST', { xml })).xml;
  }

  due(expression, day) {
    return this.ask(this.urls.due, 'POST', { expression, day });
  }

  choices() {
    return this.ask(this.urls.choices);
  }

  unpack(file) {
    const form = new FormData();
    form.append('file', file);
    return this.ask(this.urls.unpack, 'POST', form);
  }
}

/** What a page gives along for its script. */
export function pageData() {
  return JSON.parse(document.getElementById('gc-data').textContent);
}
