export { default as pack } from "../../../plugins/kattis.yaml";
