package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"speedscale/infra/stack"
)

// server is something that people connect to.
type server struct {
	stack.Server
	users map[string]string // the secret with each user's password; nil: it knows no logins
}

var servers = map[string]server{
	"mongo":     {stack.Mongo, stack.MongoUsers},
	"redis":     {stack.Redis, stack.RedisUsers},
	"commander": {stack.Commander, stack.WebUsers},
	"insight":   {stack.Insight, stack.WebUsers},
	"gateway":   {stack.Gateway, nil},
	"page":      {stack.Page, nil},
}

func (a *app) uriCommand() *cobra.Command {
	var user string
	names := slices.Sorted(maps.Keys(servers))
	cmd := &cobra.Command{
		Use: "uri " + strings.Join(names, "|"), Short: "Print the address of a server, with the password", Args: cobra.ExactArgs(1), ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			to, known := servers[args[0]]
			if !known {
				return &codedError{exitUsage, fmt.Errorf("there is no server %s: there are %s", args[0], strings.Join(names, ", "))}
			}
			address, err := a.uri(cmd.Context(), to, user)
			if err == nil {
				_, err = fmt.Fprintln(a.stdout, address)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&user, "user", "admin", "who logs in; monitor may only look")
	return cmd
}

// uri returns the address of a server with the login of a user. Without logins it has
// none.
func (a *app) uri(ctx context.Context, to server, user string) (string, error) {
	cfg, err := a.config()
	if err != nil {
		return "", err
	}
	secret, known := to.users[user]
	if !known && to.users != nil {
		return "", &codedError{exitUsage, fmt.Errorf("there is no user %s: there are %s", user, strings.Join(slices.Sorted(maps.Keys(to.users)), ", "))}
	}
	if to.users == nil {
		address := to.URL(cfg, cfg.TLS())
		return address.String(), nil
	}
	deployed, err := a.deployed(ctx)
	if err != nil {
		return "", err
	}
	address, options := to.URL(cfg, deployed.tls), []string{}
	if password, ok := deployed.passwords[secret].(string); ok {
		if name, ok := deployed.names[secret].(string); ok {
			user = name
		}
		address.User = url.UserPassword(user, password)
		options = append(options, "authSource=admin")
	}
	if deployed.tls {
		options = append(options, "tls=true", "tlsCAFile="+url.QueryEscape(stack.AuthoritiesFile(a.dir, a.stack)))
	}
	if to.Scheme == "mongodb" {
		address.RawQuery = strings.Join(options, "&")
	}
	return address.String(), nil
}

// outputs are those of a stack that is deployed.
type outputs struct {
	passwords, names map[string]any // by the names of their secrets; none without logins
	tls              bool
}

// deployed returns the stack's outputs: its passwords, and the names of the users that
// have another name than they are asked for by.
func (a *app) deployed(ctx context.Context) (of outputs, err error) {
	s, err := a.openStack(ctx)
	if err != nil {
		return of, err
	}
	found, err := s.Outputs(ctx)
	if err != nil {
		return of, failed(explain(err))
	}
	if len(found) == 0 {
		return of, failed(errors.New("the stack is not deployed: run `speedscale up`"))
	}
	of.passwords, _ = found[stack.OutputPasswords].Value.(map[string]any)
	of.names, _ = found[stack.OutputNames].Value.(map[string]any)
	page, _ := found["page"].Value.(string)
	of.tls = strings.HasPrefix(page, "https:")
	return of, nil
}

// printAddresses says how to connect, without a password.
func (a *app) printAddresses() error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	page, gateway := stack.Page.URL(cfg, cfg.TLS()), stack.Gateway.URL(cfg, cfg.TLS())
	command := "bin/speedscale uri"
	if a.stack != defaultStack {
		command = "bin/speedscale --stack " + a.stack + " uri"
	}
	ca, trust := filepath.Base(stack.AuthoritiesFile(a.dir, a.stack)), ""
	if cfg.TLS() {
		trust = " --cacert " + ca
	}
	_, err = fmt.Fprintf(a.stdout, `
The page      %s
The search    %sapi/search?query=phone
MongoDB       mongosh "$(%s mongo)"
Redis         redis-cli%s -u "$(%s redis)"
`, page.String(), gateway.String(), command, trust, command)
	if err == nil && trust != "" {
		_, err = fmt.Fprintf(a.stdout, "CA            %s\n", ca)
	}
	return err
}
