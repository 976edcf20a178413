import { describe, expect, test } from 'vitest';
import { keepConstants } from '../../../scripts/lib/constants.mjs';

describe('keepConstants', () => {
  test('what is set once is constant: numbers, classes, functions', () => {
    expect(
      keepConstants('// a.ts\nvar A = 1;\nvar B = class {\n};\nvar c = () => A;\nexport { A, B, c };\n'),
    ).toBe('// a.ts\nconst A = 1;\nconst B = class {\n};\nconst c = () => A;\nexport { A, B, c };\n');
  });

  test.each([
    ['assigned later', 'var a = 1;\na = 2;\n'],
    ['assigned in a function', 'var a = 1;\nfunction f() {\n  a += 2;\n}\n'],
    ['counted up', 'var a = 1;\nexport const f = () => a++;\n'],
    ['counted down', 'var a = 1;\nexport const f = () => --a;\n'],
    ['taken apart into', 'var a = 1;\n[a] = [2];\n'],
    ['run through in a loop', 'var a = 1;\nfor (a of [2]) ;\n'],
    ['set by nothing', 'var a;\n'],
    ['one of two', 'var a = 1, b = 2;\nb = 3;\n'],
    ['within a function', 'function f() {\n  var a = 1;\n  return a;\n}\n'],
    ['text', 'const a = `\nvar b = 1;\n`;\n'],
    ['a variable that says so', 'let a = 1;\n'],
  ])('what is %s stays as it is', (_, code) => {
    expect(keepConstants(code)).toBe(code);
  });
});
