/** How well texts of a page can be read, worked out in the page as WCAG 2 defines it. */

/** A function for the page: texts whose contrast with what is behind them is below `least`, and how many were looked at. */
export const contrastInPage = `(least) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (!known.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      known.set(colour, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(colour);
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  // What is behind an element: colours, and those of the stripes above them.
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(at);
      const stripes = [...backgroundImage.matchAll(/rgba?\\([^)]*\\)/g)].map(([colour]) => rgba(colour));
      if (rgba(backgroundColor)[3] === 255) return [rgba(backgroundColor), ...stripes];
    }
    return [[255, 255, 255, 255]];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const bad = [];
  let texts = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === "" || !element.checkVisibility() || element.closest("script, title") !== null) continue;
    texts++;
    const style = getComputedStyle(element);
    const ink = rgba(element.namespaceURI.endsWith("svg") ? style.fill : style.color);
    const worst = Math.min(...behind(element).map((colour) => contrast(ink, colour)));
    if (worst < least) bad.push(walker.currentNode.data.trim().slice(0, 40) + " " + element.className + " " + worst.toFixed(2));
  }
  return { bad, texts };
}`;
