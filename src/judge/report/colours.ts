/** The colours of the report. `back` and `fore` are those of a cell, `dot` of a mark in a plot; `hatch` is drawn over any `back`. */
export const colours =
  "--paper: #fff; --shade: #f3f4f6; --ink: #1b1b1d; --faint: #595c63; --line: #cfd2d8; --link: #0b57a4; --alarm: #a3140c; --hatch: #f2b0a8; " +
  "--AC-back: #dff3e4; --AC-fore: #0f4d24; --AC-dot: #1d7a3c; --WA-back: #fde0dd; --WA-fore: #7a1410; --WA-dot: #b3221b; --TLE-back: #fff0c9; --TLE-fore: #5c4300; --TLE-dot: #8a6400; " +
  "--MLE-back: #e6e0fb; --MLE-fore: #3d2a86; --MLE-dot: #5b43b8; --RTE-back: #fbdff0; --RTE-fore: #7a1158; --RTE-dot: #a81c7b; --OLE-back: #dbeef6; --OLE-fore: #0d4a63; --OLE-dot: #166f94; " +
  "--CE-back: #e6e6e8; --CE-fore: #333; --CE-dot: #555; --JE-back: #cfcfd3; --JE-fore: #000; --JE-dot: #000;";

export const coloursInTheDark =
  "--paper: #15171a; --shade: #22252a; --ink: #e9e9ea; --faint: #a7abb2; --line: #3a3e45; --link: #85b8f2; --alarm: #ff8f85; --hatch: #80382f; " +
  "--AC-back: #173b24; --AC-fore: #bdebc9; --AC-dot: #67c684; --WA-back: #5a1d1a; --WA-fore: #ffd2ce; --WA-dot: #ff8f85; --TLE-back: #4f3c06; --TLE-fore: #ffe6a0; --TLE-dot: #f0bf3f; " +
  "--MLE-back: #33285f; --MLE-fore: #ddd4ff; --MLE-dot: #ac9bf5; --RTE-back: #561a42; --RTE-fore: #ffd0ee; --RTE-dot: #f48bd0; --OLE-back: #123f51; --OLE-fore: #c2e9f9; --OLE-dot: #6cc3e6; " +
  "--CE-back: #3a3d42; --CE-fore: #e9e9ea; --CE-dot: #b5b8be; --JE-back: #5a5d63; --JE-fore: #fff; --JE-dot: #fff;";
