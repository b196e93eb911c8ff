// A server on this machine that speaks as the providers of language models do, in both shapes,
// well or badly: the name of the model says how. It keeps what it was sent.
import { createServer } from 'node:http'

const answer = (message, change = {}) => {
  const step = /"step": "([^"]+)",\s+"title"/.exec(message)?.[1] ?? '?'
  return JSON.stringify({
    summary: 'The list holds a row that cannot be read.', cause: 'A row has fewer columns than the header.', who: 'you',
    evidence: [{ step, text: 'This step left the row out.' }],
    remedies: [{ text: 'Complete the row in the file and sync again.', who: 'you' }],
    ...change,
  })
}

const texts = {
  obeys: (message) => answer(message, { summary: 'Sign in again at https://evil.example.net/login now.' }),
  leaks: (message, secret) => answer(message, { cause: `The credential is ${secret}.` }),
  prose: () => 'I believe a row is broken.',
}

/** Starts the server. Secret is what the model "leaks" answers with. */
export async function startModels(secret) {
  const asked = []
  let release = () => undefined
  const server = createServer(async (request, response) => {
    let raw = ''
    for await (const chunk of request) raw += chunk
    const { model, messages } = JSON.parse(raw)
    asked.push({ path: request.url, headers: request.headers, body: raw })
    const anthropic = request.url.endsWith('/messages')
    const event = (name, data) => response.write(`${anthropic ? `event: ${name}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
    const chunk = (delta, finish = null) => event('', { choices: [{ index: 0, delta, finish_reason: finish }] })
    const part = (text) => (anthropic ? event('content_block_delta', { type: 'content_block_delta', delta: { type: 'text_delta', text } }) : chunk({ content: text }))
    if (model === 'busy') return response.writeHead(429, { 'retry-after': '42', 'content-type': 'application/json' }).end('{"error":{"message":"slow down"}}')
    if (model === 'no-key') return response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"wrong key"}}')
    if (model === 'elsewhere') return response.writeHead(307, { location: 'https://evil.example.net/' }).end()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (model === 'garbage') return response.end('this is no stream\n\n')
    if (anthropic) event('message_start', { type: 'message_start', message: { model, usage: { input_tokens: 9, output_tokens: 1 } } })
    else chunk({ role: 'assistant', content: '' })
    const said = messages.at(-1).content
    const text = texts[model] ? texts[model](said, secret) : answer(said)
    const half = Math.floor(text.length / 2)
    part(text.slice(0, half))
    if (model === 'cut-off') return response.end()
    if (model === 'stalls') return undefined // until the other side gives up
    if (model === 'slow') await new Promise((go) => (release = go))
    part(text.slice(half))
    if (anthropic) {
      event('message_delta', { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } })
      event('message_stop', { type: 'message_stop' })
    } else {
      chunk({}, 'stop')
      event('', '[DONE]')
    }
    return response.end()
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    asked,
    release: () => release(),
    close() {
      server.closeAllConnections()
      return new Promise((closed) => server.close(closed))
    },
  }
}
