variable "environment" {
  description = "staging or production"
  type        = string
  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment is staging or production."
  }
}

variable "repository" {
  description = "Where the machine clones this project from, without a password in it"
  type        = string
  validation {
    condition     = can(regex("^https://[^@]+$", var.repository))
    error_message = "The repository is an https:// address without a password."
  }
}

variable "revision" {
  description = "The commit that the machine starts with; scripts/deploy.sh systemd brings the next ones"
  type        = string
  validation {
    condition     = can(regex("^[0-9a-f]{40}$", var.revision))
    error_message = "The revision is a commit: git rev-parse HEAD."
  }
}

variable "secret_arn" {
  description = "The secret with the settings and keys, in the form of .env.production.template"
  type        = string
  validation {
    condition     = can(regex("^arn:[^:]+:secretsmanager:", var.secret_arn))
    error_message = "The ARN of a secret in Secrets Manager is needed, never a value."
  }
}

variable "vpc_id" {
  description = "Where it runs"
  type        = string
}

variable "subnet_id" {
  description = "A private subnet that reaches the models through a NAT"
  type        = string
}

variable "callers" {
  description = "CIDR blocks that may reach HTTPS, for a web server of the machine; none at first"
  type        = list(string)
  default     = []
}

variable "store" {
  description = "Where the database of AGENT_STORE_URL listens, if there is one: its port and CIDR blocks"
  type        = object({ port = number, cidrs = list(string) })
  default     = { port = 0, cidrs = [] }
}

variable "policies" {
  description = "ARNs of policies for what the agent itself does in AWS"
  type        = set(string)
  default     = []
}

variable "instance_type" {
  description = "Two CPUs, 2 GiB"
  type        = string
  default     = "t3.small"
}
