package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

// group is a command that only holds others. Without a subcommand it shows its
// help; an unknown subcommand is an error.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return usagef("unknown command %q for %q; see `%s --help`", args[0], c.CommandPath(), c.CommandPath())
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(commands...)
	return c
}

func exactly(n int) cobra.PositionalArgs { return asUsage(cobra.ExactArgs(n)) }

func atMost(n int) cobra.PositionalArgs { return asUsage(cobra.MaximumNArgs(n)) }

// asUsage makes cobra's rule a usage error that shows the usage line.
func asUsage(rule cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := rule(c, args); err != nil {
			return usagef("%v\nUsage: %s", err, c.UseLine())
		}
		return nil
	}
}

type runE = func(*cobra.Command, []string) error

// question asks the API what a command is about.
type question[T any] func(ctx context.Context, c *calls.Client, args []string) (T, error)

// ofFirst asks about the first argument of the command.
func ofFirst[T any](call func(*calls.Client, context.Context, string) (T, error)) question[T] {
	return func(ctx context.Context, c *calls.Client, args []string) (T, error) { return call(c, ctx, args[0]) }
}

// gone removes what the first argument names, and answers with its name under verb.
func gone(verb string, call func(*calls.Client, context.Context, string) error) question[map[string]string] {
	return func(ctx context.Context, c *calls.Client, args []string) (map[string]string, error) {
		return map[string]string{verb: args[0]}, call(c, ctx, args[0])
	}
}

// answered is the body of a command that asks one question and prints the
// answer: as JSON, or as show does.
func answered[T any](a *app, ask question[T], show func(io.Writer, T) error) runE {
	return func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *calls.Client) error {
			answer, err := ask(c.Context(), client, args)
			if err != nil {
				return err
			}
			return emit(a, answer, show)
		})
	}
}

// listed is the body of a command that asks for a list: {"items": […]}, or a
// table with a row for each item.
func listed[T any](a *app, ask question[[]T], header []string, row func(T) []string) runE {
	return answered(a, func(ctx context.Context, c *calls.Client, args []string) (operation.Items[T], error) {
		items, err := ask(ctx, c, args)
		return itemsOf(items), err
	}, tabled(header, row))
}

// emit prints a value: as JSON, or as show does.
func emit[T any](a *app, value T, show func(io.Writer, T) error) error {
	if a.json {
		return a.printJSON(value)
	}
	return show(a.out, value)
}

func tabled[T any](header []string, row func(T) []string) func(io.Writer, operation.Items[T]) error {
	return func(w io.Writer, list operation.Items[T]) error { return tableOf(w, header, list.Items, row) }
}

// itemsOf is a list as JSON has it: [] and not null when it is empty.
func itemsOf[T any](items []T) operation.Items[T] {
	return operation.Items[T]{Items: append([]T{}, items...)}
}

// connectionsOf returns all connections that match, from every page.
func connectionsOf(ctx context.Context, c *calls.Client, p api.ConnectionsParams) (all []host.ConnectionItem, err error) {
	err = c.EachConnection(ctx, p, func(item host.ConnectionItem) error {
		all = append(all, item)
		return nil
	})
	return all, err
}
