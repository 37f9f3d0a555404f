/** How the program is called in what it tells people to type. */
export const PROGRAM_NAME = 'npx portcullis';
