// Prints what is wrong with a JSON document by a JSON schema, a line for each; nothing where it is valid.
import fs from 'node:fs';
import Ajv from 'ajv/dist/2019.js';

const [schema, document] = process.argv.slice(2).map(path => JSON.parse(fs.readFileSync(path, 'utf8')));
const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
// What the schema says of extensions stands elsewhere, and none is used here.
for (const [, address] of JSON.stringify(schema).matchAll(/"\$ref":"(https:[^"]+)"/g)) {
  if (!ajv.getSchema(address)) ajv.addSchema({}, address);
}
const valid = ajv.compile(schema);
if (!valid(document)) {
  console.log(valid.errors.map(e => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`).join('\n'));
}
