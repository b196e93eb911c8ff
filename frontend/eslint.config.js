import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/** Floors, top to bottom: app, pages, parts, api and ui, lib. Arrows only go down. */
const floor = (files, forbidden) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: forbidden.map(([group, message]) => ({ group, message })) }],
  },
})

const app = [['@/app/*', '../app/*', '../../app/*'], 'The shell is above everything else.']
const pages = [['@/pages/*'], 'A page never imports a page; share it through parts/.']
const parts = [['@/parts/*'], 'Parts know the domain; this floor does not.']
const api = [['@/api/*'], 'The kit and lib hold no domain.']
const ui = [['@/ui/*'], 'lib is pure and draws nothing.']
const react = [['react', 'react-dom', 'wouter', '@base-ui/*'], 'lib is pure and draws nothing.']

/** Words on screen are in the catalogue: src/words. */
const words = [
  { selector: 'JSXText[value=/\\p{L}{2}/u]', message: 'Words on screen come from the catalogue: t(…) of @/words.' },
  {
    selector: "JSXAttribute[name.name=/^(title|label|what|placeholder|aria-label|aria-description|alt)$/] > Literal[value=/\\p{L}{2}/u]",
    message: 'Words on screen come from the catalogue: t(…) of @/words.',
  },
]
const markup = [
  { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Draw nodes, never markup.' },
  { selector: "MemberExpression[property.name='innerHTML']", message: 'Draw nodes, never markup.' },
]

/** Files whose words are not in the catalogue yet. The list only gets shorter. */
const wordsInPlace = [
  'src/pages/connection/*.tsx',
  'src/pages/connections/*.tsx',
  'src/parts/[A-Z]*.tsx',
  'src/parts/records/*.tsx',
  'src/ui/*.tsx',
]

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.gen.ts'] },
  ...tseslint.configs.strict,
  hooks.configs.flat['recommended-latest'],
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: {
      'no-console': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Only api/ talks to the agent.' },
        { name: 'XMLHttpRequest', message: 'Only api/ talks to the agent.' },
        { name: 'EventSource', message: 'Live data is one long poll in api/.' },
        { name: 'WebSocket', message: 'Live data is one long poll in api/.' },
      ],
      'no-restricted-syntax': ['error', ...markup],
    },
  },
  { files: ['src/**/*.tsx'], ignores: ['src/**/*.test.tsx', ...wordsInPlace], rules: { 'no-restricted-syntax': ['error', ...markup, ...words] } },
  { files: ['src/api/**'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['scripts/**', 'e2e/**'], rules: { 'no-console': 'off' } },
  floor(['src/pages/**'], [app, pages]),
  floor(['src/parts/**'], [app, pages]),
  floor(['src/api/**'], [app, pages, parts, ui]),
  floor(['src/ui/**'], [app, pages, parts, api]),
  floor(['src/lib/**'], [app, pages, parts, api, ui, react]),
)
