// Package send gives one message to a mail server, to a webhook as Slack takes it, or to a webhook that is signed by Standard Webhooks.
// It sends once, follows no redirect, stores nothing and reads no settings of its own. Errors are *Failure; they and answers hold
// neither the address of a webhook nor a secret.
package send
