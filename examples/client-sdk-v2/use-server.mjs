import { say, WAIT } from './settings.mjs';

/** Lists the tools, calls the one that was named, and prints what it says. Where that is a failure, the program ends with 1. */
export async function useServer(client, tool, toolArguments) {
  say('Asking for the tools …');
  const { tools } = await client.listTools();
  for (const { name, description = '' } of tools) console.log(`${name}  ${description}`);
  if (tool === undefined) return;
  say(`Calling ${tool} …`);
  const result = await client.callTool({ name: tool, arguments: toolArguments }, WAIT);
  for (const part of result.content) console.log(part.type === 'text' ? part.text : JSON.stringify(part));
  if (result.isError !== true) return;
  say('The tool says that it failed.');
  process.exitCode = 1;
}
