// Command plumbline is the command line and the headless agent.
//
// Every subcommand but agent is a client of the API: of the running agent that
// owns the data directory, through its socket, or of a host opened in this
// process when there is none.
//
// Exit codes, which scripts may rely on:
//
//	0    done
//	1    error
//	2    the command line is wrong
//	3    finished, but some connections failed
//	4    a credential was refused or a permission is missing
//	5    a setting or the configuration is wrong, or a release of a connector is refused
//	6    the data directory is in use, or the connection is already being synced
//	7    the agent cannot be reached
//	8    a --fail-on condition was met, verify found something bad, a connector failed
//	     a test it must pass, or an update is waiting for consent
//	9    the data directory was written by a newer version
//	75   try again: what failed may heal by itself
//	130  interrupted
package main
