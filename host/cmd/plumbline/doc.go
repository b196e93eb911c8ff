// Command plumbline is the command line and the headless agent.
//
// Every subcommand but agent is a client of the API: of the running agent that
// owns the data directory, through its socket, or of a host that the command
// opens in this process when no agent runs.
//
// `plumbline --help` lists the exit codes, which scripts may rely on.
package main
