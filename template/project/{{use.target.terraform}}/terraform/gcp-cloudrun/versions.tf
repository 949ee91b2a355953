terraform {
  required_version = ">= 1.7"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.35"
    }
  }
  # Say here where the state is kept, such as backend "gcs". It holds no secret.
}
