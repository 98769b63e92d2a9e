// Prints the syntax trees of bicep files as JSON: {type, line, field?, text?, children?}. Text is given for what has no children
// and for strings; named nodes only, but for what is wrong.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';

const wasm = createRequire(import.meta.url).resolve('tree-sitter-bicep/tree-sitter-bicep.wasm');
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(wasm));

const drawn = (node, field) => {
  const children = node.children
    .map((child, at) => [child, node.fieldNameForChild(at)])
    .filter(([child]) => child.isNamed || child.isError || child.isMissing)
    .map(([child, name]) => drawn(child, name));
  return {
    type: node.isMissing ? 'MISSING' : node.type,
    line: node.startPosition.row + 1,
    ...(field && { field }),
    ...((children.length === 0 || node.type === 'string') && { text: node.text }),
    ...(children.length > 0 && { children }),
  };
};

process.stdout.write(JSON.stringify(process.argv.slice(2).map(path =>
  ({ path, root: drawn(parser.parse(fs.readFileSync(path, 'utf8')).rootNode) }))));
