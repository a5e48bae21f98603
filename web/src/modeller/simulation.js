// Trying out a diagram by letting tokens run: the program behind it is switched on by our own button, and saving and
// checking pause meanwhile.
import { translate } from './words.js';

/** The button `button` switches the simulation; `resting(on)` hears of it. */
export function watchSimulation(modeller, button, resting) {
  const mode = modeller.get('toggleMode');
  button.addEventListener('click', () => mode.toggleMode());
  modeller.on('tokenSimulation.toggleMode', ({ active }) => {
    button.setAttribute('aria-pressed', String(active));
    button.textContent = translate(active ? 'Stop the simulation' : 'Simulate');
    resting(active);
  });
}
