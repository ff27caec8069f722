"""What a page has to hold in a real browser; each check gives the faults it found, in words."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

LEVELS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""The rules of WCAG 2.2 at level AA, as axe names them."""

NARROWEST: Final = 320
"""CSS pixels: to this width a page reflows (WCAG 1.4.10), which is 1280 pixels at 400%."""

PRINTED: Final = 673
"""CSS pixels between the margins of the print style on A4: 210 mm less 16 on each side."""

_FOCUS_RING: Final = 3

_OVERFLOW: Final = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const inside = one => { for (let up = one.parentElement; up; up = up.parentElement)
    if (getComputedStyle(up).overflowX !== 'visible' && up !== document.body && up !== document.documentElement) return true;
    return false; };
  return [...document.body.querySelectorAll('*')]
    .filter(one => one.getBoundingClientRect().right > width + 1 && !inside(one))
    .slice(0, 5).map(one => `<${one.tagName.toLowerCase()} class="${one.getAttribute('class') || ''}"> "${one.textContent.trim().slice(0, 40)}" ends at ${Math.round(one.getBoundingClientRect().right)} of ${width}`)
    .concat(['the page scrolls sideways']);
}"""

_LETTERS: Final = """() => {
  const faults = [];
  for (const chart of document.querySelectorAll('svg.chart')) {
    const own = chart.getBoundingClientRect();
    const words = [...chart.querySelectorAll('text')].map(one => [one.textContent, one.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0);
    for (const [text, box] of words)
      if (box.left < own.left - 2 || box.right > own.right + 2) faults.push(`${chart.id}: "${text}" is wider than the chart`);
    words.forEach(([text, a], at) => words.slice(at + 1).forEach(([other, b]) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 0.3 * Math.min(a.height, b.height)) faults.push(`${chart.id}: "${text}" lies on "${other}"`);
    }));
  }
  return faults;
}"""

_CUT: Final = """() => [...document.body.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  return style.clipPath === 'none' && ['hidden', 'clip'].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
}).map(one => `"${one.textContent.trim().slice(0, 40)}" is cut`)"""

_BROKEN_WORDS: Final = """() => {
  const faults = [], range = document.createRange();
  for (const cell of document.querySelectorAll('th')) {
    if (getComputedStyle(cell.closest('thead, tbody')).clipPath !== 'none') continue;
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());)
      for (const word of node.data.matchAll(/[\\p{L}\\d]+/gu)) {
        range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) faults.push(`"${word[0]}" is broken within a heading`);
      }
  }
  return faults;
}"""

_FOCUSABLE: Final = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])"

_REACHABLE: Final = f"""() => [...document.querySelectorAll("{_FOCUSABLE}")]
  .filter(one => one.checkVisibility()).map((one, at) => {{
    one.dataset.place = at; return one.textContent.trim().slice(0, 40) || one.name || one.tagName; }})"""

_FOCUSED: Final = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || one === document.documentElement) return null;
  const style = getComputedStyle(one), [box] = one.getClientRects(), region = one.classList.contains('scroll');
  const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, y = box.top + Math.min(box.height, 40) / 2;
  const hit = document.elementFromPoint(x, y);
  return {
    place: Number(one.dataset.place ?? -1), words: one.textContent.trim().slice(0, 40) || one.name,
    ring: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
      && (region || !!hit && (one.contains(hit) || hit.contains(one))),
    top: box.top + scrollY, bottom: box.bottom + scrollY,
  };
}"""

_PRINTED: Final = """() => {
  const shown = [...document.querySelectorAll('nav, form, .skip')].filter(one => one.checkVisibility())
    .map(one => `${one.tagName.toLowerCase()} "${one.textContent.trim().slice(0, 30)}" is printed`);
  const cut = [...document.querySelectorAll('table, svg.chart, svg.chart text')]
    .filter(one => { const box = one.getBoundingClientRect(); return box.width && (box.right > innerWidth + 1 || box.left < -1); })
    .map(one => `${one.tagName.toLowerCase()} "${(one.querySelector('caption, title') || one).textContent.trim().slice(0, 40)}" is wider than the paper by ${Math.round(one.getBoundingClientRect().right - innerWidth)}`);
  const torn = [...document.querySelectorAll('tbody tr')].filter(one => getComputedStyle(one).breakInside !== 'avoid').map(() => 'a row may be torn between pages');
  const heads = [...document.querySelectorAll('thead')].filter(one => getComputedStyle(one).display !== 'table-header-group').map(() => 'a header is not repeated');
  return [...shown, ...cut, ...new Set(torn), ...new Set(heads)];
}"""

_CONTRAST: Final = """() => {
  const numbers = colour => { const found = colour.match(/[\\d.]+/g).map(Number); return found.length > 3 && found[3] === 0 ? null : found; };
  const light = colour => { const [r, g, b] = colour.map(one => (one /= 255) <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = numbers(getComputedStyle(document.body).backgroundColor) || [255, 255, 255];
  const ratio = colour => { if (colour === 'none' || colour.startsWith('url')) return 1; const found = numbers(colour); if (!found) return 1;
    const [a, b] = [light(found), light(ground)].sort((a, b) => b - a); return (a + 0.05) / (b + 0.05); };
  const faults = [];
  const least = (one, colours, needed, what) => { const best = Math.max(...colours.map(ratio));
    if (best < needed) faults.push(`${what} ${one.getAttribute('class')} has a contrast of ${best.toFixed(1)}, not ${needed}`); };
  for (const one of document.querySelectorAll('svg.chart rect, svg.chart line, svg.chart circle, svg.chart path')) {
    if (one.closest('defs') || one.matches('.grid, .hatched, .ground')) continue;
    const style = getComputedStyle(one);
    least(one, [style.fill, style.stroke].slice(one.tagName === 'line' ? 1 : 0), 3, one.tagName);
  }
  for (const one of document.querySelectorAll('svg.chart text:not(.inside)')) least(one, [getComputedStyle(one).fill], 4.5, `"${one.textContent}"`);
  for (const one of document.querySelectorAll('.swatch')) {
    const style = getComputedStyle(one);
    least(one, [style.backgroundColor, ...(style.borderTopStyle === 'none' ? [] : [style.borderTopColor])], 3, 'swatch');
  }
  return [...new Set(faults)];
}"""


async def violations(page: Page) -> list[str]:
    """Give what axe finds against WCAG 2.2 AA."""
    # The shade of wide tables is a background picture, over which axe judges no contrast.
    await page.evaluate(
        "() => { for (const one of document.querySelectorAll('.scroll')) one.style.background = 'none'; }"
    )
    answer = await Axe().run(page, options={"runOnly": LEVELS, "resultTypes": ["violations"]})
    found: list[dict[str, Any]] = answer.response["violations"]
    return [f"{one['id']}: {node['html'][:120]} {node['failureSummary']}" for one in found for node in one["nodes"]]


async def does_not_fit(page: Page) -> list[str]:
    """Give what makes the page scroll sideways, is cut, or is not whole: parts of charts and of words among it."""
    await page.evaluate("() => document.fonts.ready")
    return [fault for script in (_OVERFLOW, _CUT, _LETTERS, _BROKEN_WORDS) for fault in await page.evaluate(script)]


async def keyboard_faults(page: Page) -> list[str]:
    """Go through the page by the Tab key alone, and give what is not reached, not seen, or out of order."""
    reachable: list[str] = await page.evaluate(_REACHABLE)
    faults: list[str] = []
    reached: list[int] = []
    before: dict[str, Any] | None = None
    for _ in range(6 * len(reachable) + 10):  # a box for a date takes several
        await page.keyboard.press("Tab")
        focused = await page.evaluate(_FOCUSED)
        if focused is None:
            break
        if focused["place"] in reached[-1:]:
            continue
        if focused["ring"] < _FOCUS_RING:
            faults.append(f"{focused['words']!r} does not show that it has the focus")
        if not focused["seen"]:
            faults.append(f"{focused['words']!r} is hidden while it has the focus")
        if before is not None and reached[-1:] != [0] and focused["bottom"] <= before["top"]:
            faults.append(f"{focused['words']!r} comes after {before['words']!r}, which stands below it")
        reached.append(focused["place"])
        before = focused
    if reached != list(range(len(reachable))):
        missed = [words for place, words in enumerate(reachable) if place not in reached]
        faults.append(f"reached {reached} of {len(reachable)}; never: {missed}")
    return faults


async def skips_to_the_content(page: Page) -> bool:
    """Whether the first Tab shows the skip link, and Enter on it leads into the content."""
    await page.keyboard.press("Tab")
    first = await page.evaluate(_FOCUSED)
    if first is None or not first["seen"] or first["words"] != "Skip to the content":
        return False
    await page.keyboard.press("Enter")
    return bool(await page.evaluate("() => document.activeElement.id === 'content'"))


async def printing_faults(page: Page) -> list[str]:
    """Give what would print badly: navigation, what is wider than the paper, rows torn, headers not repeated."""
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": PRINTED, "height": 950})
    faults: list[str] = await page.evaluate(_PRINTED)
    return faults


async def high_contrast_faults(page: Page) -> list[str]:
    """Give the shapes and letters that are not told from the ground in the reader's own two high-contrast schemes."""
    faults: list[str] = []
    for scheme in ("dark", "light"):
        await page.emulate_media(forced_colors="active", color_scheme=scheme)
        faults += [f"{scheme}: {fault}" for fault in await page.evaluate(_CONTRAST)]
    return faults
