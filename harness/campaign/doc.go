// Package campaign runs plans on the simulated cluster: it draws a plan from a seed,
// carries it out, judges what happened, and shrinks a plan that fails. A plan is data; what
// comes of it is a function of the plan and the node's code alone. It starts no process and
// writes no file. Start at MakePlan and Run.
package campaign
