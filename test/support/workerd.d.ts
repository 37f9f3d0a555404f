// The package has no types: the path of its program, for the platform that it was installed on.
declare module 'workerd' {
  const path: string;
  export default path;
}
