import assert from "node:assert/strict";
import { test } from "node:test";
import { colorName, isLight, rgb } from "../../static/js/pure/palette.js";

test("names begin like sentences", () => {
  const palette = [{ name: "light grey", hex: "#D4D7D9" }];
  assert.equal(colorName(palette, 0), "Light grey");
  assert.equal(colorName(palette, 7), "Unknown");
});

test("marks are dark on light colours and light on dark ones", () => {
  for (const hex of ["#FFFFFF", "#FFD635", "#00CCC0"]) assert.equal(isLight(hex), true, hex);
  for (const hex of ["#000000", "#2450A4", "#6D001A"]) assert.equal(isLight(hex), false, hex);
});

test("a hex is a number", () => {
  assert.equal(rgb("#FF8001"), 0xff8001);
});
