// The few words the diagram view shows, in the language of the page.

const chinese = {
  diagram: '流程图',
  keys: '。方向键移动，加减号缩放，0 显示全图',
  closer: '放大流程图',
  further: '缩小流程图',
  all: '全图',
  whole: '显示全图',
  failed: (reason) => `流程图无法显示（${reason}）。请刷新页面；如仍不能显示，请告知系统管理员。`,
};

const english = {
  diagram: 'Diagram',
  keys: '. Arrow keys move, plus and minus zoom, 0 shows the whole diagram',
  closer: 'Zoom in',
  further: 'Zoom out',
  all: 'All',
  whole: 'Show the whole diagram',
  failed: (reason) => `The diagram cannot be shown (${reason}). Reload the page; if that does not help, tell the administrator.`,
};

/** The words for the language in the `lang` attribute of the page. */
export function words() {
  return document.documentElement.lang.startsWith('en') ? english : chinese;
}
