// tus-js-client against a real server, through a proxy on loopback that cuts connections at random.
//   TUS_ENDPOINT  https://127.0.0.1:PORT/tus     TUS_TOKEN   access token     TUS_FILE   what to upload
//   TUS_CUTS      how many connections to cut    TUS_SEED    of the moments
//   TUS_ONLY      names of uploads, with commas  TUS_PORT    a file with the port, when it is not that of the endpoint
// Prints one line of JSON for each upload.
import crypto from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import * as tus from 'tus-js-client'

const { TUS_ENDPOINT, TUS_TOKEN, TUS_FILE, TUS_CUTS = '20', TUS_SEED = '1', TUS_ONLY = '', TUS_PORT } = process.env
const target = new URL(TUS_ENDPOINT)
const size = fs.statSync(TUS_FILE).size

// xorshift: the same moments for the same seed
let state = Number(TUS_SEED) >>> 0 || 1
function random () {
  state ^= state << 13
  state >>>= 0
  state ^= state >>> 17
  state ^= state << 5
  state >>>= 0
  return state / 2 ** 32
}

// Each connection is cut after a random number of bytes, until `cuts` of them were.
function startProxy (cuts) {
  const proxy = { left: cuts, cut: 0 }
  const server = net.createServer((client) => {
    const port = TUS_PORT ? fs.readFileSync(TUS_PORT, 'utf8') : target.port
    const upstream = net.connect(Number(port), target.hostname)
    let until = proxy.left > 0 ? 20_000 + random() * size / (cuts + 1) * 1.5 : Infinity
    const end = () => { client.destroy(); upstream.destroy() }
    client.on('data', (data) => {
      until -= data.length
      if (until < 0 && proxy.left > 0) {
        upstream.write(data.subarray(0, data.length >> 1))
        proxy.left--
        proxy.cut++
        // Half of them die silently towards the server: it must let the newer request take over.
        if (random() < 0.5) return end()
        client.destroy()
        setTimeout(() => upstream.destroy(), 3000)
        return
      }
      if (!upstream.write(data)) { client.pause(); upstream.once('drain', () => client.resume()) }
    })
    upstream.on('data', (data) => client.write(data))
    for (const socket of [client, upstream]) socket.on('error', end)
    client.on('end', end)
    upstream.on('close', () => client.destroy())
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => {
    proxy.endpoint = `https://127.0.0.1:${server.address().port}/tus`
    proxy.close = () => server.close()
    resolve(proxy)
  }))
}

// Parts of different lengths, so that the length tells which part a request is about.
function boundariesOf (parts) {
  const starts = Array.from({ length: parts + 1 }, (_, i) => i === parts ? size : Math.floor(size * i / parts) + i * i)
  return starts.slice(0, -1).map((start, i) => ({ start, end: starts[i + 1] }))
}

async function upload (name, cuts, options, checksum) {
  if (TUS_ONLY && !TUS_ONLY.split(',').includes(name)) return
  const proxy = await startProxy(cuts)
  const began = Date.now()
  let requests = 0
  const boundaries = options.parallelUploads ? boundariesOf(options.parallelUploads) : []
  const startOf = {} // of the part with that URL
  const chosen = {
    endpoint: proxy.endpoint,
    headers: { Authorization: `Bearer ${TUS_TOKEN}` },
    metadata: { filename: name },
    retryDelays: [...Array(60).fill(100), ...Array(30).fill(1000)],
    storeFingerprintForResuming: false,
    onBeforeRequest: (request) => {
      requests++
      if (!checksum || request.getMethod() !== 'PATCH') return
      const part = startOf[request.getURL()] ?? { start: 0, end: size }
      const offset = part.start + Number(request.getHeader('Upload-Offset'))
      const length = Math.min(options.chunkSize, part.end - offset)
      const piece = Buffer.alloc(length)
      const file = fs.openSync(TUS_FILE, 'r')
      fs.readSync(file, piece, 0, length, offset)
      fs.closeSync(file)
      request.setHeader('Upload-Checksum', `sha256 ${crypto.createHash('sha256').update(piece).digest('base64')}`)
    },
    onAfterResponse: (request, response) => {
      const made = response.getHeader('Location')
      if (!made || request.getHeader('Upload-Concat') !== 'partial') return
      const length = Number(request.getHeader('Upload-Length'))
      startOf[new URL(made, proxy.endpoint).href] = boundaries.find((part) => part.end - part.start === length)
    },
    ...options,
    ...(options.parallelUploads ? { parallelUploadBoundaries: boundaries } : {})
  }
  let restarts = 0
  const run = () => new Promise((resolve, reject) => {
    const source = options.parallelUploads ? fs.createReadStream(TUS_FILE) : fs.createReadStream(TUS_FILE, { highWaterMark: 1 << 20 })
    const current = new tus.Upload(source, { ...chosen, onError: reject, onSuccess: () => resolve(current) })
    current.start()
  })
  for (;;) {
    try {
      const done = await run()
      console.log(JSON.stringify({ name, url: done.url, cut: proxy.cut, requests, restarts, ms: Date.now() - began }))
      break
    } catch (error) {
      // The client does not try the last request of a parallel upload again by itself.
      if (!options.parallelUploads || restarts++ >= 5) throw error
    }
  }
  proxy.close()
}

const cuts = Number(TUS_CUTS)
await upload('plain.bin', 0, { chunkSize: Infinity })
await upload('cut.bin', cuts, { chunkSize: Infinity })
await upload('checked.bin', cuts, { chunkSize: Math.max(1 << 20, size >> 5) }, true)
await upload('parallel.bin', 0, { parallelUploads: 4 })
await upload('parallel-cut.bin', cuts, { parallelUploads: 4 })
for (const name of ['parallel-checked.bin', 'killed.bin']) {
  await upload(name, cuts, { parallelUploads: 4, chunkSize: Math.max(1 << 20, size >> 7) }, true)
}
process.exit(0)
