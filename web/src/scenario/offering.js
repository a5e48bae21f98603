// What fits where the cursor stands in a scenario: a sentence, a name between quotation marks, a clause behind @.

const MOST = 8;
const STEP = /^(假如|假设|假定|当|那么|而且|并且|同时|但是)\s*/;
const KINDS = { 假如: '假如', 假设: '假如', 假定: '假如', 当: '当', 那么: '那么' };
const PLACE = /“?〔[^〕]*〕”?/g;

/** A sentence without what stands in its places, for comparing. */
const bare = (text) => text.replace(/“[^“”]*”/g, '“”').replace(/〔[^〕]*〕/g, '');

/** Whether the letters of one text stand in the other in this order. */
function within(letters, text) {
  let from = 0;
  for (const letter of letters) {
    from = text.indexOf(letter, from) + 1;
    if (!from) {
      return false;
    }
  }
  return true;
}

/** What fits best first: what begins so, what contains it, what has its letters in order. */
function fitting(all, typed, text) {
  const found = [[], [], []];
  for (const each of all) {
    const words = text(each);
    const rank = words.startsWith(typed) ? 0 : words.includes(typed) ? 1 : within(typed, words) ? 2 : -1;
    if (rank >= 0) {
      found[rank].push(each);
    }
  }
  return found.flat().slice(0, MOST);
}

/** Which kind of name stands in the quotation marks that have just been opened. */
function kindsAt(words, line) {
  const begun = bare(line.slice(0, line.lastIndexOf('“')));
  const number = (begun.match(/“”/g) || []).length;
  const kinds = new Set();
  for (const sentence of words.sentences) {
    if (!bare(sentence.text).startsWith(begun)) {
      continue;
    }
    const quoted = [...sentence.text.matchAll(PLACE)].map((found, index) => [found[0].startsWith('“'), sentence.kinds[index]]);
    const kind = (quoted.filter(([marks]) => marks)[number] || [])[1];
    if (kind) {
      kinds.add(kind);
    }
  }
  return [...kinds];
}

/** The keyword whose sentences may stand here: 并且 and its like go on with what was before. */
function keywordAt(before, keyword) {
  if (KINDS[keyword]) {
    return KINDS[keyword];
  }
  for (const line of before.split('\n').reverse()) {
    const found = line.trim().match(STEP);
    if (found && KINDS[found[1]]) {
      return KINDS[found[1]];
    }
  }
  return '';
}

/** A sentence to be put in: what was typed into its places before stays in them. */
function filled(sentence, typed) {
  const given = [...typed.matchAll(/“([^“”]*)”?/g)].map((found) => found[1]);
  let number = 0;
  return sentence.text.replace(PLACE, (place) => {
    if (!place.startsWith('“')) {
      return '';
    }
    const value = given[number] || '';
    number += 1;
    return `“${value}”`;
  });
}

/**
 * What can be put in where the cursor stands.
 *
 * @param {object} words sentences, names by kind, clauses
 * @param {string} text all that is written
 * @param {number} caret where the cursor stands in it
 * @returns {{label: string, note: string, from: number, to: number, put: string, caret: number}[]}
 */
export function offers(words, text, caret) {
  const start = text.lastIndexOf('\n', caret - 1) + 1;
  const line = text.slice(start, caret);
  const indent = line.length - line.trimStart().length;
  const typed = line.trimStart();
  if (typed.startsWith('@')) {
    return clauseOffers(words, line, start, caret);
  }
  if (typed.startsWith('|')) {
    return fieldOffers(words, line, start, caret);
  }
  const open = line.lastIndexOf('“') > line.lastIndexOf('”');
  const step = typed.match(STEP);
  if (open) {
    const rest = step ? typed.slice(step[0].length) : typed;
    return nameOffers(words, rest, text, start + line.lastIndexOf('“') + 1, caret);
  }
  const end = text.indexOf('\n', caret) < 0 ? text.length : text.indexOf('\n', caret);
  if (!typed || /^[^\s]*[:：]/.test(typed) || text.slice(caret, end).trim()) {
    return [];
  }
  return sentenceOffers(words, typed, step, text.slice(0, start), start + indent, caret, ' '.repeat(indent));
}

function clauseOffers(words, line, start, caret) {
  const from = start + line.lastIndexOf('@');
  const typed = line.slice(line.lastIndexOf('@') + 1);
  if (/\s/.test(typed)) {
    return [];
  }
  return fitting(words.clauses, typed, (each) => `${each.tag} ${each.text}`).map((each) => ({
    label: `@${each.tag}`,
    note: each.text.slice(0, 40),
    from,
    to: caret,
    put: `@${each.tag}`,
    caret: from + each.tag.length + 1,
  }));
}

function fieldOffers(words, line, start, caret) {
  const cells = line.split('|');
  const typed = cells[cells.length - 1].trim();
  if (cells.length !== 2 || !typed) {
    return [];
  }
  const from = start + line.lastIndexOf('|') + 1;
  return fitting(words.names.fields, typed, (each) => each).map((each) => ({
    label: each,
    note: '',
    from,
    to: caret,
    put: ` ${each} `,
    caret: from + each.length + 2,
  }));
}

function nameOffers(words, line, text, from, caret) {
  const typed = text.slice(from, caret);
  const several = typed.lastIndexOf('、') + 1;
  const names = kindsAt(words, line).flatMap((kind) => words.names[kind] || []);
  const last = typed.slice(several);
  const found = fitting([...new Set(names)], last, (each) => each).filter((each) => each !== last);
  const closed = text[caret] === '”';
  return found.map((each) => ({
    label: each,
    note: '',
    from: from + several,
    to: closed ? caret + 1 : caret,
    put: `${each}”`,
    caret: from + several + each.length + 1,
  }));
}

function sentenceOffers(words, typed, step, before, from, caret, indent) {
  const keyword = step ? step[1] : '';
  const wanted = keyword ? keywordAt(before, keyword) : '';
  const rest = step ? typed.slice(step[0].length) : typed;
  const fits = words.sentences.filter((each) => !wanted || each.keyword === wanted);
  if (step && fits.some((each) => bare(each.text) === bare(rest))) {
    // It is whole; what goes on differently is offered when one writes on.
    return [];
  }
  return fitting(fits, bare(rest), (each) => bare(each.text)).map((each) => {
    const body = `${keyword || each.keyword} ${filled(each, rest)}`;
    const table = each.text.endsWith('填写：') ? `\n${indent}  | 字段 | 值 |\n${indent}  |  |  |` : '';
    const empty = body.indexOf('“”');
    return {
      label: `${keyword || each.keyword} ${each.text}`,
      note: '',
      from,
      to: caret,
      put: body + table,
      caret: from + (empty < 0 ? body.length : empty + 1),
    };
  });
}
