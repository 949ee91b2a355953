variable "project" {
  description = "The project of Google Cloud"
  type        = string
}

variable "region" {
  description = "Such as europe-west3"
  type        = string
}

variable "environment" {
  description = "staging or production"
  type        = string
  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment is staging or production."
  }
}

variable "image" {
  description = "The image in Artifact Registry, by its digest: NAME@sha256:DIGEST"
  type        = string
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "A tag may move: the image is NAME@sha256:DIGEST."
  }
}

variable "previous_image" {
  description = "What ran before; scripts/rollback.sh goes back to it"
  type        = string
  default     = ""
}

variable "secrets" {
  description = "Environment variables that hold secrets, and the name of each in Secret Manager"
  type        = map(string)
  validation {
    condition     = length(setsubtract(["AGENT_API_KEYS", "AGENT_STORE_URL"], keys(var.secrets))) == 0
    error_message = "AGENT_API_KEYS and AGENT_STORE_URL are needed: instances keep no files, so the store is a database."
  }
  validation {
    condition     = alltrue([for name in values(var.secrets) : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "Each secret is the name of one in Secret Manager, never a value."
  }
}

variable "settings" {
  description = "Other environment variables, none of them secret: docs/DEPLOYMENT.md"
  type        = map(string)
  default     = {}
}

variable "callers" {
  description = "Who may call, such as group:agents@example.com; the key of the agent goes into X-API-Key then"
  type        = set(string)
}

variable "ingress" {
  description = "From where: the project's own networks and load balancers, or INGRESS_TRAFFIC_ALL"
  type        = string
  default     = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
}

variable "network" {
  description = "The network and subnet of a store with a private address"
  type        = object({ network = string, subnetwork = string })
  default     = null
}

variable "min_instances" {
  description = "None would leave queued runs to the next request"
  type        = number
  default     = 1
}

variable "max_instances" {
  description = "The most that load may start"
  type        = number
  default     = 6
}
