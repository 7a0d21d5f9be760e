/** The npm package comes without types. */
declare module "piston-client" {
  export function piston(options: { readonly server: string }): {
    runtimes(): Promise<unknown>;
    execute(language: string, code: string, options?: object): Promise<unknown>;
    execute(options: object): Promise<unknown>;
  };
}
