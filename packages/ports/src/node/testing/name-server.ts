import { createSocket } from 'node:dgram';

/** What a name has: addresses, other names that lead on, nothing, or an error of the server. */
export interface NameRecords {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly cname?: string;
  /** RFC 1035 §4.1.1: 2 is SERVFAIL, 3 NXDOMAIN, 5 REFUSED. For the question named, or both. */
  readonly rcode?: number;
  readonly rcodeOf?: 'a' | 'aaaa';
  readonly silent?: boolean;
}

const A = 1;
const CNAME = 5;

/** A name server on 127.0.0.1 that answers from a table (RFC 1035 §4). Unknown names are NXDOMAIN. */
export async function startNameServer(
  table: Readonly<Record<string, NameRecords>>,
): Promise<{ address: string; questions: string[]; close(): Promise<void> }> {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, end } = readName(query, 12);
    const type = query.readUInt16BE(end);
    questions.push(`${name} ${type === A ? 'A' : 'AAAA'}`);
    const records = table[name];
    if (records?.silent === true) return;
    const reply = answer(query.subarray(0, 2), query.subarray(12, end + 4), type, table, records);
    socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function answer(
  id: Buffer,
  question: Buffer,
  type: number,
  table: Readonly<Record<string, NameRecords>>,
  records: NameRecords | undefined,
): Buffer {
  const isMeant = records?.rcodeOf === undefined || records.rcodeOf === (type === A ? 'a' : 'aaaa');
  const rcode = records === undefined ? 3 : isMeant ? (records.rcode ?? 0) : 0;
  const answers: Buffer[] = [];
  let owner: Buffer = Buffer.from([0xc0, 12]);
  let held = records;
  if (held?.cname !== undefined) {
    const target = writeName(held.cname);
    answers.push(record(owner, CNAME, target));
    owner = target;
    held = table[held.cname];
  }
  if (rcode === 0) {
    const addresses = type === A ? (held?.a ?? []) : (held?.aaaa ?? []);
    for (const address of addresses) answers.push(record(owner, type, packAddress(address)));
  }
  const header = Buffer.alloc(12);
  id.copy(header);
  header.writeUInt16BE(0x8180 | rcode, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question, ...answers]);
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

function packAddress(address: string): Buffer {
  if (address.includes('.')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail)];
  const packed = Buffer.alloc(16);
  for (const [index, group] of first.entries()) packed.writeUInt16BE(group, index * 2);
  for (const [index, group] of last.entries()) packed.writeUInt16BE(group, 16 - (last.length - index) * 2);
  return packed;
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let position = start;
  for (let length = message[position] ?? 0; length > 0; length = message[position] ?? 0) {
    labels.push(message.toString('latin1', position + 1, position + 1 + length));
    position += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: position + 1 };
}

function writeName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}
