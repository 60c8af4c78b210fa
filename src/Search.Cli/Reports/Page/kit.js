// What every script here uses: elements, numbers, colours.

const report = { data: JSON.parse(document.getElementById("data").textContent), charts: {} };

const byId = id => document.getElementById(id);

// Texts become text nodes, so that no name in a study is ever read as HTML.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

function fill(id, ...children) {
  byId(id).replaceChildren(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
}

const isNumber = value => typeof value === "number" && Number.isFinite(value);

// As many digits as tell neighbours apart, and no more.
function number(value, digits = 5) {
  if (!isNumber(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(digits - 2).replace("-", "−");
  const decimals = Math.max(0, Math.min(6, digits - 1 - Math.floor(Math.log10(size || 1))));
  return value.toFixed(Math.min(decimals, digits)).replace("-", "−");
}

const count = value => value.toLocaleString("en-US");
const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  return seconds < 0.1 ? `${number(milliseconds, 3)} ms` : seconds < 60 ? `${number(seconds, 3)} s`
    : seconds < 3600 ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s` : `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} min`;
}

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const series = () => ["a", "b", "c", "d", "e", "f", "g", "h"].map(colour);

function mix(from, to, share) {
  const part = (text, at) => parseInt(text.slice(at, at + 2), 16);
  return "#" + [1, 3, 5].map(at => Math.round(part(from, at) + (part(to, at) - part(from, at)) * share).toString(16).padStart(2, "0")).join("");
}

const isNarrow = () => window.innerWidth <= 600;

// A control that remembers what it was set to when the page is drawn again.
const chosen = {};

function choice(key, label, options, redraw) {
  if (!options.some(option => String(option.value) === chosen[key])) chosen[key] = String(options[0].value);
  const select = element("select", { onchange: () => { chosen[key] = select.value; redraw(); } },
    options.map(option => element("option", { value: String(option.value), selected: String(option.value) === chosen[key] }, option.name)));
  return options.length > 1 ? element("label", null, label, select) : null;
}

function copyButton(text, what) {
  const button = element("button", {
    className: "copy", type: "button", "aria-label": `copy ${what}`,
    onclick: async () => {
      const done = await copyText(text);
      button.textContent = done ? "copied" : "select and copy";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    },
  }, "copy");
  return button;
}

// A page from a file has no clipboard in some browsers; a selection can be copied in all.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { style: "position:fixed;opacity:0" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function table(columns, rows) {
  return element("table", null,
    element("thead", null, element("tr", null, columns.map(column =>
      element("th", { scope: "col", className: column.text ? "text" : null }, column.name, column.note ? element("small", null, column.note) : null)))),
    element("tbody", null, rows.map(row => element("tr", { className: row.className, "data-trial": row.trial },
      row.cells.map((cell, index) => element("td", { className: [columns[index].text && "text", columns[index].wide && "wide"].filter(Boolean).join(" ") || null }, cell))))));
}
