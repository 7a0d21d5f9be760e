export { default as pack } from "../../../plugins/ioi.yaml";
