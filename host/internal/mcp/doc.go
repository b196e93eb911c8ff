// Package mcp offers the tools of package assist to clients of the Model Context Protocol, over a pair of streams. It knows
// neither the host nor its data: each call goes to a function that asks the agent.
//
// Nothing but tools and prompts is offered: no resources, no sampling, no roots and no log. A session ends when the client
// closes its stream, or with the context.
package mcp
