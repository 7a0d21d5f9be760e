/** Node 20 has Symbol.dispose from 20.4 on only in part: what is missing is put there before any class is made. */
for (const name of ["dispose", "asyncDispose"] as const) {
  if (Symbol[name] === undefined) Object.defineProperty(Symbol, name, { value: Symbol.for(`nodejs.${name}`) });
}
