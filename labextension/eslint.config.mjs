// The rules of the sidebar, types included, and of the front end it shares; how they are laid out is prettier's.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const TEXT = 'What comes over the wire is shown as text nodes.';
const TOLD = 'What people read goes through the translator.';
const names = '/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe)$/';
const markup = { selector: `MemberExpression[property.name=${names}]`, message: TEXT };
const read = '/^(textContent|title|caption|placeholder|label)$/';
const untold = {
  selector: `AssignmentExpression[left.property.name=${read}] > Literal[value=/[a-z]{2}/i]`,
  message: TOLD
};
const browser = 'URL console document navigator setTimeout clearTimeout ResizeObserver'.split(' ');

export default tseslint.config(
  js.configs.recommended,
  {
    files: ['src/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.strict],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname }
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', markup, untold],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off', // a command is enabled only where it is there
      '@typescript-eslint/no-base-to-string': 'off', // of JSON, a text is made whatever it is
      '@typescript-eslint/unbound-method': 'off' // signals are told what a method belongs to
    }
  },
  {
    files: ['panel.js', 'scripts/*.mjs'],
    languageOptions: { globals: Object.fromEntries(browser.map(name => [name, 'readonly'])) },
    rules: { eqeqeq: 'error', 'no-restricted-syntax': ['error', markup] }
  }
);
