export { default as pack } from "../../../plugins/extra.yaml";
