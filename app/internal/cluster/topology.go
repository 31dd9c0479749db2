// Package cluster tells how the deployed system is: which containers there
// are, who leads which replica set, and what each shard holds.
package cluster

import "time"

// Topology is the system at one moment.
type Topology struct {
	At         time.Time   `json:"at"`
	TookMs     float64     `json:"tookMs" doc:"milliseconds to ask everyone"`
	Containers []Container `json:"containers" nullable:"false"`
	Sets       []Set       `json:"sets" nullable:"false"`
	Problems   []string    `json:"problems" nullable:"false" doc:"what could not be learnt, and why"`
}

// Container is one running part.
type Container struct {
	Name       string   `json:"name" doc:"its name on the network" example:"shard1-node1"`
	Kind       string   `json:"kind" enum:"frontend,gateway,init,redis,redis-ui,mongos,config,shard"`
	Node       string   `json:"node" enum:"A,B,C" doc:"A data, B cache, C application"`
	Host       *string  `json:"host,omitempty" example:"shard1-node1:27017"`
	Set        *string  `json:"set,omitempty" doc:"the replica set it belongs to"`
	State      *string  `json:"state,omitempty" enum:"PRIMARY,SECONDARY,ARBITER,OTHER,DOWN,DONE,WAITING" doc:"a member's state; DONE or WAITING for the one-shot job"`
	Healthy    *bool    `json:"healthy,omitempty" doc:"whether it answers; missing when that cannot be known"`
	LagSeconds *float64 `json:"lagSeconds,omitempty" doc:"how far a member's last write is behind its primary's"`
}

// Set is a replica set: the config servers or a shard.
type Set struct {
	Name      string  `json:"name" example:"shard1ReplSet"`
	Kind      string  `json:"kind" enum:"config,shard"`
	Shard     *string `json:"shard,omitempty" doc:"the shard's id in the cluster"`
	Draining  bool    `json:"draining" doc:"whether the shard is being removed"`
	Primary   *string `json:"primary,omitempty" doc:"host of the primary; missing while there is none"`
	Documents *int64  `json:"documents,omitempty" doc:"products on this shard"`
	Bytes     *int64  `json:"bytes,omitempty" doc:"size of its products, uncompressed"`
	Chunks    *int64  `json:"chunks,omitempty" doc:"ranges of products on this shard"`
	members   []string
}
