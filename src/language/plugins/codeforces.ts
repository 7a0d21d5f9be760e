export { default as pack } from "../../../plugins/codeforces.yaml";
