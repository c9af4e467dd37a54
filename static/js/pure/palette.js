/*
 * Colours as people read them: names with a capital, and whether white shows on them.
 *
 * Refuses to know the page. A palette is a list of {name, hex}, as on the wire; hex is "#RRGGBB".
 */

/** The name of a colour as a sentence would begin with it. A colour that the palette lost is "Unknown". */
export function colorName(palette, index) {
  const name = palette[index]?.name ?? "unknown";
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Whether a mark on this colour should be dark: then black has more contrast to it than white. */
export function isLight(hex) {
  // Where contrasts to black and white are equal: sqrt(1.05 × 0.05) − 0.05, by the contrast formula of WCAG 2.
  return luminance(hex) > 0.179;
}

/** A colour as one number 0xRRGGBB. */
export function rgb(hex) {
  return parseInt(hex.slice(1), 16);
}

/** Relative luminance, 0 to 1, as in WCAG 2. */
function luminance(hex) {
  const color = rgb(hex);
  const [r, g, b] = [color >>> 16, (color >>> 8) & 255, color & 255].map((byte) => {
    const c = byte / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
