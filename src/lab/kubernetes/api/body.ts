import { parseDocument } from 'yaml';
import { messageOf } from '../../../core/errors.ts';
import type { JsonObject } from '../json.ts';
import { duplicateFields } from '../objects/duplicates.ts';
import { isObject } from '../objects/json.ts';
import { badRequest, unsupportedMediaType } from './fault.ts';
import { decodeProtobuf } from './proto.ts';

/** A request's object as it was sent. */
export interface DecodedBody {
  readonly object: JsonObject;
  /** Members that were given twice; only text can have them. */
  readonly duplicates: readonly string[];
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ACCEPTED = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

export const mediaType = (header: string | undefined): string => (header ?? '').split(';')[0]?.trim() ?? '';

/** Whatever JSON a text holds; YAML is read as JSON's superset. `what` begins the message of the 400. */
export function parseText(text: string, yaml: boolean, what: string): unknown {
  try {
    if (!yaml) return JSON.parse(text);
    const document = parseDocument(text, { version: '1.1' });
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw badRequest(`${what}${messageOf(error)}`);
  }
}

function parseObject(text: string, yaml: boolean, kind: string): DecodedBody {
  const unrecognized = `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: `;
  if (text.trim() === '') throw badRequest(`${unrecognized}unexpected end of JSON input (<empty>)`);
  const object = parseText(text, yaml, unrecognized) ?? {};
  if (!isObject(object)) throw badRequest(`${unrecognized}json: cannot unmarshal into Go value of type struct`);
  return { object, duplicates: yaml ? [] : duplicateFields(text) };
}

/** The object in the body of a POST, PUT or DELETE of `kind`. Throws 400 for what cannot be read, 415 for another format. */
export function decodeBody(body: Buffer, contentType: string | undefined, kind: string): DecodedBody {
  switch (mediaType(contentType)) {
    case PROTOBUF:
      return { object: decodeProtobuf(body), duplicates: [] };
    case 'application/yaml':
      return parseObject(body.toString('utf8'), true, kind);
    case 'application/json':
    case '':
      return parseObject(body.toString('utf8'), false, kind);
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${ACCEPTED}`,
      );
  }
}
