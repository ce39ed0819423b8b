/**
 * An element with attributes and children. Functions become listeners, `null` and `false` attributes are left out, and
 * text always goes in as text.
 * @example element('a', { href: '/graphql', onclick: open }, 'GraphiQL')
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(key.slice(2), value)
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

/** Sets custom properties, which the style sheet turns into widths and colours. */
export function styled(made, properties) {
  for (const [name, value] of Object.entries(properties)) made.style.setProperty(name, value)
  return made
}
