/** On paper: light, nothing scrolls, a wide matrix goes on in the next line. What is open is printed. */
import { colours } from "./colours.ts";

export const stylePrint = `
@media print {
  :root { color-scheme: light; ${colours} }
  @page { margin: 12mm; size: A4 landscape; }
  html { font-size: 10px; } body { max-width: none; padding: 0; }
  nav, #tools { display: none; }
  .scroll, .matrix, pre { max-height: none; overflow: visible; }
  .matrix thead, .matrix th.name { position: static; }
  .v, .dot, line { print-color-adjust: exact; }
  .plot svg { height: auto; max-width: 100%; }
  .matrix table.wide thead { display: none; } .matrix table.wide, .matrix table.wide tbody { display: block; } .matrix table.wide tr { break-inside: avoid; display: flex; flex-wrap: wrap; margin-bottom: 2mm; }
  .matrix table.wide th.name { flex: 0 0 100%; max-width: none; } .matrix td { height: auto; } .matrix td a { min-height: 0; padding: .1rem; } .matrix table.wide td { min-width: 5mm; } .matrix table.wide td.first { margin-left: 2mm; }
  a { color: inherit; text-decoration: none; }
  h2, h3, h4, summary { break-after: avoid; } tr, .plot svg { break-inside: avoid; }
}
`;
