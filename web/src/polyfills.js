// The run-time functions our bundles call that Chromium 86 lacks; esbuild lowers syntax only.

if (!Object.hasOwn) {
  Object.hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
}

if (!globalThis.structuredClone) {
  // Enough for plain data, which is all that is cloned here.
  globalThis.structuredClone = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
}

for (const type of [Array, String]) {
  if (!type.prototype.at) {
    Object.defineProperty(type.prototype, 'at', {
      configurable: true,
      writable: true,
      value(index) {
        const whole = Math.trunc(index) || 0;
        return this[whole < 0 ? this.length + whole : whole];
      },
    });
  }
}
