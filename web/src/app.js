// Loaded by every page: htmx, and what makes pages nicer where scripts run. Every page works without it.
import './polyfills.js';
import htmx from 'htmx.org';

// The content security policy allows neither injected styles nor evaluated strings.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;

window.htmx = htmx;
