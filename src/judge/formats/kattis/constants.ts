/** `constants` of problem.yaml. */
import type { YamlMapping } from "../package/yaml-value.ts";

const isName = (name: string) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);

/** By what stands between the braces: `n`, `n.value` and `n.tex`. @throws IsolateError of kind Config: a name or a value that is none */
export function readConstants(yaml: YamlMapping): Record<string, string> {
  const constants: Record<string, string> = {};
  const mapping = yaml.mapping("constants");
  for (const [name, value] of mapping.entries()) {
    if (!isName(name)) throw mapping.error(name, "must have letters, digits and '_' only, and not begin with a digit");
    if (value === null) throw mapping.error(name, "has no value");
    if (!value.isMapping) {
      constants[name] = constants[`${name}.value`] = value.text();
      continue;
    }
    const variants = value.mapping();
    for (const [variant, text] of variants.entries()) if (text !== null) constants[`${name}.${variant}`] = text.text();
    const main = variants.get("value");
    if (main === null) throw mapping.error(name, "has no 'value'");
    constants[name] = main.text();
  }
  return constants;
}
