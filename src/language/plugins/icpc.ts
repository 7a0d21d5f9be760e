export { default as pack } from "../../../plugins/icpc.yaml";
