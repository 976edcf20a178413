import tseslint from 'typescript-eslint';

/** No platform in the codecs, the types and the environ: they run in browsers too. */
const NO_PLATFORM = ['Buffer', 'TextDecoder', 'process', 'console', 'setTimeout', 'setInterval', 'fetch'];

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '**/.doc-examples/', 'coverage/', 'docs/api/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `while (true)` and exhaustive switches over literals are how state machines read best.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // Latin-1 and CR/LF/NUL checks are this project's subject.
      'no-control-regex': 'off',
      eqeqeq: 'error',
      'max-lines-per-function': ['error', { max: 40, skipComments: true, skipBlankLines: true }],
      'max-lines': ['error', { max: 350 }],
    },
  },
  {
    files: ['packages/{bytes,uwsgi,fastcgi,environ,interfaces}/src/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'no-restricted-globals': ['error', ...NO_PLATFORM],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Error']",
          message: 'Peer errors have a class with a code; caller errors are TypeError or RangeError.',
        },
        { selector: 'TSEnumDeclaration', message: 'Use const numbers or literal unions.' },
      ],
    },
  },
  {
    files: ['**/test/**', 'benchmarks/**', 'fixtures/**', 'scripts/**', '**/demo/**', '*.js', '*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines-per-function': 'off',
    },
  },
  { files: ['**/*.mjs', '*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
