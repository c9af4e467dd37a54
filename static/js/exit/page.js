/*
 * The few ways in which panels touch the page: each writes only when something differs.
 *
 * The panels run in every frame that is drawn; what is the same must not cost a layout.
 */

export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`expected an element #${id} in the page, found none`);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A data attribute, for the style sheets; null takes it away. */
export function setData(element, name, value) {
  if (value === null) delete element.dataset[name];
  else if (element.dataset[name] !== String(value)) element.dataset[name] = String(value);
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

export function setProperty(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}
